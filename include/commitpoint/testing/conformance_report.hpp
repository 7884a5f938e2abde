#pragma once

/// \file
/// What a conformance suite has to say. The suites (check_snapshot.hpp and its neighbours) need no test framework:
///
///     const auto report = commitpoint::testing::check_snapshot(my_snapshot{});
///     if (!report.passed()) std::cerr << report.text();

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
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
  /// Runs one check. `body` is called without arguments; it throws what is wrong (`expect` helps), or `skip`.
  template <class F>
  void check(std::string name, F body) {
    conformance_check one{std::move(name), {}};
    try {
      body();
    } catch (const skip& why) {
      one.skipped = true;
      one.trouble = why.what();
    } catch (const std::exception& e) {
      one.trouble = *e.what() != '\0' ? e.what() : "an exception without a text";
    }
    checks_.push_back(std::move(one));
  }

  /// Thrown by a check that cannot be tried here.
  struct skip : std::runtime_error {
    using std::runtime_error::runtime_error;
  };

  [[nodiscard]] const std::vector<conformance_check>& checks() const noexcept { return checks_; }
  /// How many were tried.
  [[nodiscard]] std::size_t tried() const noexcept {
    std::size_t count = 0;
    for (const auto& c : checks_) count += c.skipped ? 0U : 1U;
    return count;
  }
  /// Whether something was tried and nothing went wrong.
  [[nodiscard]] bool passed() const noexcept {
    for (const auto& c : checks_) {
      if (!c.skipped && !c.trouble.empty()) return false;
    }
    return tried() > 0;
  }
  /// Whether the check of this name was tried and found something wrong.
  [[nodiscard]] bool failed(const std::string& name) const noexcept {
    for (const auto& c : checks_) {
      if (c.name == name && !c.skipped && !c.trouble.empty()) return true;
    }
    return false;
  }
  /// One line for each check that failed or was skipped.
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const auto& c : checks_) {
      if (!c.trouble.empty()) all += (c.skipped ? "skipped: " : "FAILED: ") + c.name + ": " + c.trouble + "\n";
    }
    return all;
  }

 private:
  std::vector<conformance_check> checks_;
};

/// Throws what is wrong, unless it is right.
inline void expect(bool right, const std::string& what) {
  if (!right) throw std::runtime_error(what);
}

}  // namespace commitpoint::testing
