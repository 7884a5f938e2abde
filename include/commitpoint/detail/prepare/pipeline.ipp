#pragma once

// The machinery of `prepare`: worker threads, a window, and the one thread that commits.
//
//     an input:  read --fill--> filled --in order--> ready --commit--> settled
//
// `begun_` counts inputs from before they are read until they are settled, and never exceeds the window. A batch is
// never larger than the window, so a batch that is waited for always has room to become ready.

#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/config.hpp>
#include <commitpoint/detail/prepare/pipeline.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/prepare.hpp>
#include <commitpoint/result.hpp>

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stop_token>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace commitpoint::detail {

// The failure that stands for an exception of somebody's code.
[[nodiscard]] COMMITPOINT_INLINE failure failure_of_exception() {
  const auto threw = std::make_error_code(std::errc::operation_canceled);
  try {
    throw;
  } catch (const std::system_error& e) {
    return failure(e.code(), {}, e.what());
  } catch (const std::bad_alloc&) {
    return std::make_error_code(std::errc::not_enough_memory);
  } catch (const std::exception& e) {
    return failure(threw, {}, e.what());
  } catch (...) {
    return failure(threw, {}, "prepare_one threw something");
  }
}

// What is to be said of an input that nothing came of.
[[nodiscard]] COMMITPOINT_INLINE failure not_committed() {
  return {make_error_code(errc::cancelled), {}, "nothing more was begun when it had its turn"};
}

class pipeline {
  // The value goes first, then the lease that it may point into, then the input.
  struct item {
    item(std::size_t number, std::unique_ptr<prepared_input> of) : index(number), in(std::move(of)) {}
    item(const item&) = delete;
    item& operator=(const item&) = delete;
    ~item() { in->forget(); }

    std::size_t index;
    std::unique_ptr<prepared_input> in;
    std::optional<lease> staging = {};
    result<void> made = success();
  };

 public:
  pipeline(any_coordinator& where, const prepare_options& how, input_source& inputs)
      : where_(where),
        how_(how),
        inputs_(inputs),
        jobs_(how.jobs != 0 ? how.jobs : std::max<std::size_t>(1, std::thread::hardware_concurrency())),
        window_(std::min(how.window != 0 ? how.window : 2 * std::max(jobs_, how.batch), where.most_leases())),
        batch_(std::clamp<std::size_t>(how.batch, 1, window_)) {}
  pipeline(const pipeline&) = delete;
  pipeline& operator=(const pipeline&) = delete;
  ~pipeline() { join(); }

  /// Returns when every input is settled, or nothing more can be. Passes the exceptions of `commit_one` and of the
  /// range on.
  void run() {
    const failure stopped{make_error_code(errc::cancelled), {}, "prepare_options::stop was triggered"};
    const std::stop_callback when_stopped(how_.stop, [this, &stopped] { end(stopped); });
    start_workers();
    for (auto batch = next_batch(); !batch.empty(); batch = next_batch()) {
      commit(batch);
      settle(batch);
    }
    join();
    if (broken_) std::rethrow_exception(broken_);
    outcomes_.resize(outcomes_.size() + inputs_.count_rest(), not_committed_);  // what was never read
  }

  [[nodiscard]] std::vector<result<void>> take_outcomes() { return std::move(outcomes_); }
  [[nodiscard]] std::size_t commits() const noexcept { return commits_; }
  [[nodiscard]] const std::optional<failure>& stopped() const noexcept { return stopped_; }

 private:
  // Workers.

  void start_workers() {
    workers_.reserve(jobs_);
    for (std::size_t i = 0; i < jobs_; ++i) {
      try {
        workers_.emplace_back([this] { work(); });
      } catch (const std::system_error&) {
        if (workers_.empty()) throw;
        return;  // fewer do as well
      }
    }
  }

  // What is thrown here (out of memory) ends everything, and is passed on when all workers have ended.
  void work() noexcept {
    try {
      while (auto next = read_next()) {
        fill(*next);
        filled(std::move(next));
      }
    } catch (...) {
      const std::scoped_lock guard(mutex_);
      break_off(std::current_exception());
    }
  }

  // Under `mutex_`.
  void break_off(std::exception_ptr thrown) noexcept {
    if (!broken_) broken_ = std::move(thrown);
    ended_ = true;
    room_.notify_all();
    ready_or_over_.notify_all();
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
    if (thrown) break_off(thrown);
    if (next) outcomes_.emplace_back(not_committed_);
    if (next && !ended_) {
      ++read_;
      return next;
    }
    exhausted_ = true;
    --begun_;
    room_.notify_all();
    ready_or_over_.notify_all();
    return nullptr;
  }

  // Under `reading_`.
  std::unique_ptr<item> read_element() {
    auto in = inputs_.next();
    if (!in) return nullptr;
    return std::make_unique<item>(next_index_++, std::move(in));
  }

  void fill(item& one) {
    try {
      one.made = prepare(one);
    } catch (...) {
      one.made = failure_of_exception();
    }
    if (one.made) return;
    one.staging.reset();
    if (one.made.error() == std::errc::too_many_files_open) {
      one.made = std::move(one.made).error().advising(
          "raise the limit (ulimit -n), or lower prepare_options::jobs and window");
    }
  }

  result<void> prepare(item& one) {
    BOOST_OUTCOME_TRY(auto made, where_.lease());
    one.staging.emplace(std::move(made));
    return one.in->prepare(*one.staging);
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
      if (one->made) {
        good.push_back(one.get());
      } else {
        set_outcome(*one, one->made);
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
    const auto done = inputs_.run(owner.value(), plan{.operation = how_.operation, .stop = how_.stop},
                                  [&](mutation& m) { return commit_all(m, good, each); });
    for (std::size_t i = 0; i < good.size(); ++i) {
      set_outcome(*good[i], !each[i] || done ? each[i] : done);
    }
    if (done && std::ranges::any_of(each, [](const auto& one) { return one.has_value(); })) ++commits_;
    if (!done && done.error().outcome() != outcome::rolled_back) end(done.error());
  }

  static result<void> commit_all(mutation& m, const std::vector<item*>& good, std::vector<result<void>>& each) {
    if (good.size() == 1) return good.front()->in->commit(m);
    for (std::size_t i = 0; i < good.size(); ++i) {
      each[i] = m.savepoint([&](mutation& inner) { return good[i]->in->commit(inner); });
      if (!each[i] && each[i].error().outcome() != outcome::rolled_back) return each[i];
    }
    return success();
  }

  // The lock was given back: others can work while the leases are removed.
  void settle(std::vector<std::unique_ptr<item>>& batch) {
    std::vector<std::size_t> indices;
    indices.reserve(batch.size());
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

  any_coordinator& where_;
  const prepare_options& how_;
  input_source& inputs_;  // read under reading_
  const std::size_t jobs_;
  const std::size_t window_;
  const std::size_t batch_;
  const result<void> not_committed_ = not_committed();

  std::mutex reading_;          // taken before mutex_ where both are
  std::size_t next_index_ = 0;  // under reading_

  std::mutex mutex_;  // guards what follows
  std::condition_variable room_;
  std::condition_variable ready_or_over_;
  std::map<std::size_t, std::unique_ptr<item>> waiting_;  // filled before their turn
  std::deque<std::unique_ptr<item>> ready_;               // in the order of committing
  std::vector<result<void>> outcomes_;
  std::optional<failure> stopped_;
  std::exception_ptr broken_;  // by the range, or out of memory
  std::size_t begun_ = 0;
  std::size_t read_ = 0;
  std::size_t taken_ = 0;
  std::size_t next_ready_ = 0;
  std::size_t commits_ = 0;
  bool exhausted_ = false;
  bool ended_ = false;

  std::vector<std::thread> workers_;
};

COMMITPOINT_INLINE prepare_report prepare_all(any_coordinator& where, const prepare_options& how,
                                              input_source& inputs) {
  prepare_report report;
  {
    pipeline running(where, how, inputs);
    running.run();
    report.outcomes = running.take_outcomes();
    report.commits = running.commits();
    report.stopped = running.stopped();
  }
  for (const auto& outcome : report.outcomes) {
    const bool cancelled = !outcome && outcome.error() == errc::cancelled;
    ++(outcome ? report.committed : cancelled ? report.cancelled : report.failed);
  }
  return report;
}

}  // namespace commitpoint::detail
