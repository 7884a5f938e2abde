#pragma once

/// \file
/// What a run is judged by: ratios of what was measured shortly after each other.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace benchmarks {

/// Collects the rounds of a run. In each round everything is measured once, in another order, so that a machine that
/// becomes slower or faster meanwhile does not favour any.
class rounds : public benchmark::BenchmarkReporter {
 public:
  bool ReportContext(const Context& context) override;
  void ReportRuns(const std::vector<Run>& runs) override;

  [[nodiscard]] bool empty() const noexcept { return times_.empty(); }
  [[nodiscard]] bool failed() const noexcept { return failed_; }

  /// Ratios by round, as a table: their median, and between which two values half of them lay. `n` is the larger of the
  /// two sizes.
  void print_ratios(std::ostream& out, std::size_t n) const;
  /// The medians themselves.
  void print_times(std::ostream& out) const;

 private:
  void print_ratio(std::ostream& out, const std::string& over, const std::string& under, int factor,
                   const std::string& target) const;

  std::map<std::string, std::vector<double>> times_;  // milliseconds
  bool failed_ = false;
};

}  // namespace benchmarks
