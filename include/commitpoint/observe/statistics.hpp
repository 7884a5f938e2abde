#pragma once

/// \file
/// `observe::statistics`: counts, durations and bytes by step.

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/observe/threads.hpp>
#include <commitpoint/policy.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace commitpoint::observe {

/// What one step amounted to.
struct step_totals {
  std::uint64_t count = 0;              ///< how often it was begun
  std::uint64_t bytes = 0;              ///< moved by it, where known
  std::chrono::nanoseconds time{0};     ///< until the next event of the same thread, together
  std::chrono::nanoseconds longest{0};  ///< the longest one of these
};

/// Adds up, and says nothing by itself. Copies share the totals, so that one given to `coordinator::open` can be read
/// where it came from, and the coordinator's own as `coordinator.observer()`. May be read while threads are at work:
/// each call sees all of an event or nothing of it.
class statistics {
 public:
  using kind = commitpoint::kind::observe;
  using totals = std::array<step_totals, step_names.size()>;  ///< by the value of the step

  void operator()(const event& e) const noexcept {
    try {
      shared_->hear(e);
    } catch (...) {  // NOLINT(bugprone-empty-catch): out of memory; the event is lost
    }
  }

  /// One step's totals.
  [[nodiscard]] step_totals of(step s) const { return all()[static_cast<std::size_t>(s)]; }
  /// All of them, of one moment.
  [[nodiscard]] totals all() const {
    const std::scoped_lock guard(shared_->mutex);
    return shared_->sums;
  }
  /// Begins again from zero. A step that is under way is counted, with its time, when it ends.
  void reset() const {
    const std::scoped_lock guard(shared_->mutex);
    shared_->sums = {};
  }

 private:
  using clock = std::chrono::steady_clock;

  struct open_step {
    step at = step::none;
    clock::time_point since;
  };

  struct state {
    void hear(const event& e) {
      const auto now = clock::now();
      const std::scoped_lock guard(mutex);
      auto& own = threads.mine().state;
      if (own.at != step::none) {
        auto& ended = sums[static_cast<std::size_t>(own.at)];
        ended.time += now - own.since;
        ended.longest = std::max<std::chrono::nanoseconds>(ended.longest, now - own.since);
      }
      auto& begun = sums[static_cast<std::size_t>(e.at)];
      ++begun.count;
      begun.bytes += e.bytes;
      own = {e.at, now};
      if (e.at == step::none) threads.forget_mine();
    }

    std::mutex mutex;
    totals sums;
    commitpoint::detail::per_thread<open_step> threads;
  };

  std::shared_ptr<state> shared_ = std::make_shared<state>();
};

static_assert(Observer<statistics>);

}  // namespace commitpoint::observe
