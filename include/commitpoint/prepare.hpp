#pragma once

/// \file
/// Many inputs, prepared by several threads without the lock, committed one after the other by the thread that asks.
///
/// Calling sequence:
///
///     const auto done = commitpoint::prepare(
///         notes, {.jobs = 4, .batch = 16}, sources,
///         [](const source& in, commitpoint::lease& out) -> commitpoint::result<page> {...},       // any thread
///         [](auto& m, const source& in, page&& made) -> commitpoint::result<void> {...});         // this thread
///     for (std::size_t i = 0; i < done.outcomes.size(); ++i) ...                                  // one an input
///
/// A worker reads the next input, fills a lease and puts it into a window of bounded size; this thread takes batches
/// out of it in order, and gives their leases and places in the window back when each is settled. Nobody polls: both
/// sides wait for each other on a condition.

#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/detail/prepare/preparing.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/result.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <ranges>
#include <type_traits>
#include <utility>
#include <vector>

namespace commitpoint {

/// What became of the inputs.
struct prepare_report {
  /// One an input, in the order of the inputs: success when it was committed, and otherwise why not. Inputs that were
  /// not begun are `cancelled`; those that a single-pass range still holds do not appear.
  std::vector<result<void>> outcomes;
  std::size_t committed = 0;
  std::size_t failed = 0;
  std::size_t cancelled = 0;
  std::size_t commits = 0;         ///< commit points that were reached
  std::optional<failure> stopped;  ///< why nothing more was begun, when that was not the end of the inputs

  /// Whether every input was committed.
  [[nodiscard]] bool complete() const noexcept { return failed == 0 && cancelled == 0 && !stopped; }
};

/// Prepares all inputs in parallel and commits them in order. Must not be called by a thread that holds an owner or a
/// reader of the coordinator.
///
/// `prepare_one` is called as `result<V>(const In&, lease&)` by several threads at once; what it puts into the lease
/// may be adopted by `commit_one`, which is called as `result<void>(mutation&, const In&, V&&)` by this thread, with
/// the lock held. With a batch of several, each input has a savepoint of its own: one that fails is undone alone.
/// The lock is taken for each batch anew, so that others get in between.
///
/// An input whose `prepare_one` fails or throws fails; the others go on. An exception from `commit_one` undoes the
/// running batch and is passed on once the workers have ended; so is one from the range, with nothing to undo. A commit
/// that fails as a whole fails its whole batch. Nothing more is begun when the lock cannot be had, when a failure
/// leaves the owner dirty, unfinished or unknown, or when `how.stop` is triggered: then what was prepared and not
/// committed is `cancelled`. A `prepare_one` that is at work is waited for; a long one may look at the stop token
/// itself.
///
/// The inputs are any input range. Elements of one that can be passed again and gives references are not copied;
/// others are read one by one, when a worker has room for them. A range that waits (a stream) is waited for.
///
/// \durability as `owner::run`, for each batch.
/// \crash as `owner::run`; the leases are removed by the next drain.
template <std::derived_from<any_coordinator> Coordinator, std::ranges::input_range Inputs, class Prepare, class Commit>
[[nodiscard]] prepare_report prepare(Coordinator& where, const prepare_options& how, Inputs&& inputs,
                                     Prepare prepare_one, Commit commit_one) {
  detail::prepared_range<typename Coordinator::mutation_type, std::remove_reference_t<Inputs>, Prepare, Commit> all(
      inputs, prepare_one, commit_one);
  return detail::prepare_all(where, how, all);
}

}  // namespace commitpoint

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/detail/prepare/pipeline.ipp>
#endif
