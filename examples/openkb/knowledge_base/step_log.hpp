#pragma once

/// \file
/// An observer policy of openkb's own: `--verbose` shows every step of the protocol, and how long it took.

#include "terminal/printable.hpp"

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/step.hpp>

#include <chrono>
#include <cstdio>
#include <string>

namespace openkb {

/// Writes a line to standard error for each step, when the step is over: only then its time is known.
class step_log {
 public:
  using kind = commitpoint::kind::observe;

  explicit step_log(bool on = false) noexcept : on_(on) {}

  void operator()(const commitpoint::observe::event& e) const noexcept {
    if (!on_) return;
    thread_local running now;
    const auto at = clock::now();
    if (now.step != commitpoint::step::none) tell(now, at);
    now.step = e.at;
    now.began = at;
    now.mutation = e.mutation;
    const auto length = e.path.copy(now.path, sizeof now.path - 1);
    now.path[length] = '\0';
  }

 private:
  using clock = std::chrono::steady_clock;

  struct running {
    commitpoint::step step = commitpoint::step::none;
    clock::time_point began;
    std::uint64_t mutation = 0;
    char path[256] = {};
  };

  static void tell(const running& r, clock::time_point at) noexcept {
    const auto took = std::chrono::duration<double, std::milli>(at - r.began).count();
    const auto name = to_string(r.step);
    std::fprintf(stderr, "openkb: %9.3f ms  mutation %llu  %.*s %s\n", took,
                 static_cast<unsigned long long>(r.mutation), static_cast<int>(name.size()), name.data(),
                 terminal::printable(r.path).c_str());
  }

  bool on_;
};

static_assert(commitpoint::observe::Observer<step_log>);

}  // namespace openkb
