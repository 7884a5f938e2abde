#pragma once

/// \file
/// Keeping the files that a mutation has tracked apart from those of the next one.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/journal/record.hpp>

#include <chrono>

namespace commitpoint::detail {

/// `track_new` tells a new file from an old one by its time of birth, which the kernel takes from a clock that ticks
/// every few milliseconds: no later mutation may begin in the same tick. The syncs before this took longer as a rule.
/// A clock that was set back is not waited for.
inline void outlast_births(mutation_context& context) {
  auto& system = context.system();
  const auto until = system.steady_now() + std::chrono::nanoseconds(2 * clock_tick);
  for (const auto& u : context.undo) {
    if (!u.born || u.record == journal::record_kind::protect) continue;
    while (system.now() <= *u.born && system.steady_now() < until) system.pause(std::chrono::microseconds(500));
    if (system.now() <= *u.born) context.owner.born_ahead.emplace(u.state.inode, *u.born);
  }
}

}  // namespace commitpoint::detail
