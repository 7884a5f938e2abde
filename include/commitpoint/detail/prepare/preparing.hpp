#pragma once

/// \file
/// The machinery of `prepare`: worker threads, a window, and the one thread that commits.
///
///     an input:  read --fill--> filled --in order--> ready --commit--> settled
///
/// `begun_` counts inputs from before they are read until they are settled, and never exceeds the window. A batch is
/// never larger than the window, so a batch that is waited for always has room to become ready.

#include <commitpoint/lease.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/result.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <ranges>
#include <stop_token>
#include <system_error>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// One element of a range, kept until it is committed: a pointer where the range keeps it, and else the element.
template <class Range>
class kept_input {
  using reference = std::ranges::range_reference_t<Range>;
  static constexpr bool stays = std::ranges::forward_range<Range> && std::is_lvalue_reference_v<reference>;

 public:
  using value_type = std::conditional_t<stays, std::remove_cvref_t<reference>, std::ranges::range_value_t<Range>>;

  explicit kept_input(reference element) : element_(keep(std::forward<reference>(element))) {}
  [[nodiscard]] const value_type& get() const noexcept {
    if constexpr (stays) {
      return *element_;
    } else {
      return element_;
    }
  }

 private:
  using stored = std::conditional_t<stays, const value_type*, value_type>;
  static stored keep(reference element) {
    if constexpr (stays) {
      return std::addressof(element);
    } else {
      return stored(std::forward<reference>(element));
    }
  }
  stored element_;
};

/// The failure that stands for an exception of somebody's code.
[[nodiscard]] inline failure failure_of_exception() {
  try {
    throw;
  } catch (const std::system_error& e) {
    return failure(e.code(), {}, e.what());
  } catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
  } catch (const std::exception& e) {
    return failure(std::make_error_code(std::errc::operation_canceled), {}, e.what());
  } catch (...) {
    return failure(std::make_error_code(std::errc::operation_canceled), {}, "an exception");
  }
}

template <class Coordinator, class Range, class Prepare, class Commit>
class preparing {
  using input = kept_input<Range>;
  using input_type = typename input::value_type;
  static_assert(std::is_invocable_v<Prepare&, const input_type&, lease&>,
                "commitpoint: prepare_one is called with (const In&, commitpoint::lease&)");
  using prepared = std::invoke_result_t<Prepare&, const input_type&, lease&>;
  static_assert(is_result<prepared>, "commitpoint: prepare_one returns a commitpoint::result<V>");
  using value = typename prepared::value_type;
  static_assert(!std::is_void_v<value>, "commitpoint: prepare_one returns a value for commit_one");
  using mutation_type = typename Coordinator::mutation_type;
  static_assert(std::is_invocable_r_v<result<void>, Commit&, mutation_type&, const input_type&, value&&>,
                "commitpoint: commit_one is called with (mutation&, const In&, V&&) and returns a "
                "commitpoint::result<void>");

  struct item {
    std::size_t index = 0;
    input in;
    std::optional<lease> staging = {};
    std::optional<prepared> made = {};
  };

 public:
  preparing(Coordinator& where, const prepare_options& how, Range& inputs, Prepare& prepare_one, Commit& commit_one)
      : where_(where),
        how_(how),
        prepare_(prepare_one),
        commit_(commit_one),
        jobs_(how.jobs != 0 ? how.jobs : std::max<std::size_t>(1, std::thread::hardware_concurrency())),
        window_(how.window != 0 ? how.window : 2 * std::max(jobs_, how.batch)),
        batch_(std::clamp<std::size_t>(how.batch, 1, window_)),
        at_(std::ranges::begin(inputs)),
        end_(std::ranges::end(inputs)) {}
  preparing(const preparing&) = delete;
  preparing& operator=(const preparing&) = delete;
  ~preparing() { join(); }

  /// Returns when every input is settled, or nothing more can be. Passes the exceptions of `commit_one` and of the
  /// range on.
  void run() {
    const std::stop_callback when_stopped(how_.stop, [this] { end(errc::cancelled); });
    start_workers();
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
      commit(batch);
      settle(batch);
    }
    join();
    if (broken_range_) std::rethrow_exception(broken_range_);
    count_the_rest();
  }

  [[nodiscard]] std::vector<result<void>> take_outcomes() { return std::move(outcomes_); }
  [[nodiscard]] std::size_t commits() const noexcept { return commits_; }
  [[nodiscard]] const std::optional<failure>& stopped() const noexcept { return stopped_; }

 private:
  // Workers.

  void start_workers() {
    for (std::size_t i = 0; i < jobs_; ++i) {
      try {
        workers_.emplace_back([this] { work(); });
      } catch (const std::system_error&) {
        if (workers_.empty()) throw;
        return;  // fewer do as well
      }
    }
  }

  void work() {
    while (auto next = read_next()) {
      fill(*next);
      filled(std::move(next));
    }
  }

  // The next input, once there is room for it; nothing when no more is to be begun.
  std::unique_ptr<item> read_next() {
    {
      std::unique_lock guard(mutex_);
      room_.wait(guard, [this] { return ended_ || exhausted_ || begun_ < window_; });
      if (ended_ || exhausted_) return nullptr;
      ++begun_;
    }
    // Reading may take its time, and must not hold up the commits: it has a mutex of its own.
    const std::scoped_lock one_reader(reading_);
    std::unique_ptr<item> next;
    std::exception_ptr thrown;
    try {
      next = read_element();
    } catch (...) {
      thrown = std::current_exception();
    }
    const std::scoped_lock guard(mutex_);
    if (thrown && !broken_range_) broken_range_ = thrown;
    if (thrown) ended_ = true;
    if (next && !ended_) {
      outcomes_.emplace_back(failure(errc::cancelled));
      ++read_;
      return next;
    }
    if (next) outcomes_.emplace_back(failure(errc::cancelled));
    exhausted_ = true;
    --begun_;
    room_.notify_all();
    ready_or_over_.notify_all();
    return nullptr;
  }

  // Under `reading_`. Steps on only when the next element is wanted, since that may wait.
  std::unique_ptr<item> read_element() {
    if (over_) return nullptr;
    if (started_) ++at_;
    started_ = true;
    over_ = at_ == end_;
    if (over_) return nullptr;
    return std::make_unique<item>(item{next_index_++, input(*at_)});
  }

  void fill(item& one) {
    try {
      auto made = where_.lease();
      if (!made) {
        one.made.emplace(std::move(made).error());
        return;
      }
      one.staging.emplace(std::move(made).value());
      one.made.emplace(std::invoke(prepare_, one.in.get(), *one.staging));
    } catch (...) {
      one.made.emplace(failure_of_exception());
    }
    if (!*one.made) one.staging.reset();
  }

  void filled(std::unique_ptr<item> one) {
    const std::scoped_lock guard(mutex_);
    if (how_.order == prepare_order::completed) {
      ready_.push_back(std::move(one));
    } else {
      const auto index = one->index;
      waiting_.emplace(index, std::move(one));
      for (auto first = waiting_.begin(); first != waiting_.end() && first->first == next_ready_;
           first = waiting_.erase(first), ++next_ready_) {
        ready_.push_back(std::move(first->second));
      }
    }
    ready_or_over_.notify_all();
  }

  // The committing thread.

  std::vector<std::unique_ptr<item>> next_batch() {
    std::unique_lock guard(mutex_);
    ready_or_over_.wait(guard, [this] {
      const bool last = exhausted_ && taken_ + ready_.size() == read_;
      return ended_ || last || ready_.size() >= batch_;
    });
    std::vector<std::unique_ptr<item>> batch;
    while (!ended_ && !ready_.empty() && batch.size() < batch_) {
      batch.push_back(std::move(ready_.front()));
      ready_.pop_front();
      ++taken_;
    }
    return batch;
  }

  void commit(std::vector<std::unique_ptr<item>>& batch) {
    std::vector<item*> good;
    for (const auto& one : batch) {
      if (*one->made) {
        good.push_back(one.get());
      } else {
        set_outcome(*one, std::move(*one->made).error());
      }
    }
    if (good.empty()) return;
    auto lock = how_.lock;
    lock.stop = how_.stop;
    auto owner = where_.acquire(lock);
    if (!owner) {
      for (auto* one : good) set_outcome(*one, owner.error());
      return end(owner.error());
    }
    std::vector<result<void>> each(good.size(), success());
    const auto done = owner.value().run(plan{.operation = how_.operation, .stop = how_.stop},
                                        [&](auto& m) -> result<void> { return commit_all(m, good, each); });
    for (std::size_t i = 0; i < good.size(); ++i) {
      set_outcome(*good[i], !each[i] || done ? each[i] : done);
    }
    if (done && std::ranges::any_of(each, [](const auto& one) { return one.has_value(); })) ++commits_;
    if (!done && done.error().outcome() != outcome::rolled_back) end(done.error());
  }

  template <class Mutation>
  result<void> commit_all(Mutation& m, const std::vector<item*>& good, std::vector<result<void>>& each) {
    if (good.size() == 1) return commit_one(m, *good.front());
    for (std::size_t i = 0; i < good.size(); ++i) {
      each[i] = m.savepoint([&](auto& inner) -> result<void> { return commit_one(inner, *good[i]); });
      if (!each[i] && each[i].error().outcome() != outcome::rolled_back) return each[i];
    }
    return success();
  }

  template <class Mutation>
  result<void> commit_one(Mutation& m, item& one) {
    return std::invoke(commit_, m, one.in.get(), std::move(*one.made).value());
  }

  // The lock was given back: others can work while the leases are removed.
  void settle(std::vector<std::unique_ptr<item>>& batch) {
    std::vector<std::size_t> indices;
    for (const auto& one : batch) indices.push_back(one->index);
    batch.clear();
    {
      const std::scoped_lock guard(mutex_);
      begun_ -= indices.size();
      room_.notify_all();
    }
    if (!how_.settled) return;
    for (const auto index : indices) how_.settled(index, outcome_of(index));
  }

  result<void> outcome_of(std::size_t index) {
    const std::scoped_lock guard(mutex_);
    return outcomes_[index];
  }

  void set_outcome(const item& one, const result<void>& outcome) {
    const std::scoped_lock guard(mutex_);
    outcomes_[one.index] = outcome;
  }

  // Nothing more is begun, and nothing that is not being committed will be.
  void end(failure why) {
    const std::scoped_lock guard(mutex_);
    if (!ended_) stopped_ = std::move(why);
    ended_ = true;
    room_.notify_all();
    ready_or_over_.notify_all();
  }

  void join() {
    {
      const std::scoped_lock guard(mutex_);
      ended_ = true;
      room_.notify_all();
    }
    for (auto& worker : workers_) worker.join();
    workers_.clear();
  }

  // What was never read, where it can be counted without waiting for anything.
  void count_the_rest() {
    if constexpr (std::ranges::forward_range<Range>) {
      if (over_) return;
      if (started_) ++at_;
      for (; at_ != end_; ++at_) outcomes_.emplace_back(failure(errc::cancelled));
    }
  }

  Coordinator& where_;
  const prepare_options& how_;
  Prepare& prepare_;
  Commit& commit_;
  const std::size_t jobs_;
  const std::size_t window_;
  const std::size_t batch_;

  std::mutex reading_;  // taken before mutex_ where both are; guards what follows
  std::ranges::iterator_t<Range> at_;
  std::ranges::sentinel_t<Range> end_;
  bool started_ = false;
  bool over_ = false;
  std::size_t next_index_ = 0;

  std::mutex mutex_;  // guards what follows
  std::condition_variable room_;
  std::condition_variable ready_or_over_;
  std::map<std::size_t, std::unique_ptr<item>> waiting_;  // filled before their turn
  std::deque<std::unique_ptr<item>> ready_;               // in the order of committing
  std::vector<result<void>> outcomes_;
  std::optional<failure> stopped_;
  std::exception_ptr broken_range_;
  std::size_t begun_ = 0;
  std::size_t read_ = 0;
  std::size_t taken_ = 0;
  std::size_t next_ready_ = 0;
  std::size_t commits_ = 0;
  bool exhausted_ = false;
  bool ended_ = false;

  std::vector<std::thread> workers_;
};

}  // namespace commitpoint::detail
