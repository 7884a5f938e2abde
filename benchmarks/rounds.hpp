#pragma once

/// \file
/// What was measured: in each round everything once.

#include "chapters.hpp"

#include <benchmark/benchmark.h>
#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <vector>

namespace benchmarks {

/// Collects the rounds of a chapter. In each round everything is measured once, in another order, so that a machine
/// that becomes slower or faster meanwhile does not favour any.
class rounds : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

  [[nodiscard]] bool empty() const noexcept { return figures_.empty(); }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// Ratios by round (their median, and between which two values half of them lay), and the figures themselves.
  [[nodiscard]] nlohmann::json ratios(const std::vector<ratio>& wanted) const;
  [[nodiscard]] nlohmann::json figures() const;

 private:
  struct collected {
    std::string unit;
    std::string of;  ///< whose name says what it is a point of
    std::vector<double> values = {};
  };

  void note(const std::string& name, const std::string& unit, const std::string& of, double value);

  std::map<std::string, collected> figures_;
  bool failed_ = false;
};

}  // namespace benchmarks
