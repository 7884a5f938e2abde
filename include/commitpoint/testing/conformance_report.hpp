#pragma once

/// \file
/// What a conformance suite has to say. The suites (check_snapshot.hpp and its neighbours) need no test framework:
///
///     const auto report = commitpoint::testing::check_snapshot(my_snapshot{});
///     if (!report.passed()) std::cerr << report.text();

#include <commitpoint/function_ref.hpp>

#include <cstddef>
#include <stdexcept>
#include <string>
#include <vector>

namespace commitpoint::testing {

/// One thing that was checked.
struct conformance_check {
  std::string name;
  std::string trouble;   ///< what was wrong; empty when nothing was
  bool skipped = false;  ///< it could not be tried here, and `trouble` says why
};

/// What was checked, in order.
class conformance_report {
 public:
  /// Runs one check. `body` throws what is wrong (`expect` helps), or `skip`.
  void check(std::string name, function_ref<void()> body);

  /// Thrown by a check that cannot be tried here.
  struct skip : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

  [[nodiscard]] const std::vector<conformance_check>& checks() const noexcept { return checks_; }
  /// How many were tried.
  [[nodiscard]] std::size_t tried() const noexcept;
  /// Whether something was tried and nothing went wrong.
  [[nodiscard]] bool passed() const noexcept;
  /// Whether the check of this name was tried and found something wrong.
  [[nodiscard]] bool failed(const std::string& name) const noexcept;
  /// One line for each check that failed or was skipped.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<conformance_check> checks_;
};

/// Throws what is wrong, unless it is right.
void expect(bool right, const std::string& what);

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/conformance_report.ipp>
#endif
