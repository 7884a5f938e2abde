#pragma once

/// \file
/// What is to be explored, and what an exploration has to say. crash_explorer.hpp and fault_sweep.hpp do it.

#include <commitpoint/lease.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace commitpoint::testing {

/// One mutation of an exploration. It works through the mutation, and by hand where it writes in place. It must do the
/// same whenever it is run on the same tree.
struct explored_mutation {
  std::function<plan()> about = [] { return plan{}; };
  /// With `journal::sqlite` the mutation is an `enlisting_mutation`, to which it can be cast.
  std::function<result<void>(mutation&, system::hand&)> body = {};
  /// It fails also when nothing else does.
  bool fails = false;
  /// In a session of its own: the owner before it has released, and the root is opened and acquired anew.
  bool own_session = false;
  /// Of a body that goes on where a call has failed, in a savepoint say: bodies that make of the tree what else is
  /// right then. For fault sweeps.
  std::vector<std::function<result<void>(mutation&, system::hand&)>> or_else = {};
};

/// What somebody does to the tree between a crash and the drain: writes bytes that must not be lost.
struct explored_edit {
  std::string path;   ///< relative to the root of the tree; where no file can be at it, nothing is done
  std::string bytes;  ///< found nowhere else
};

/// A tree, and what one owner does to it. All paths are relative to the root of the tree; what is beside it, as
/// `../store`, is compared as well.
struct exploration {
  std::string name = {};
  /// Builds the tree, in an empty directory. What it leaves is made durable, and gets times of long ago.
  std::function<void(system::hand&)> build = {};
  std::vector<explored_mutation> mutations = {};
  /// What the process does that has drained the first crash, on whichever of the trees that is. Not for fault sweeps.
  std::vector<explored_mutation> next = {};
  /// Each fills a lease of its own, before the lock is taken for the mutations; the leases live until the end.
  std::vector<std::function<result<void>(lease&)>> leases = {};
  /// As `options::compensations`, which work by hand. What they do is durable when they return.
  std::function<std::map<std::string, compensation>(system::hand)> compensations = {};
  /// What the disk can do.
  system::simulation::device_settings disk = {};
  /// Nanoseconds by which the clock goes on that is read and stamped with.
  std::int64_t tick = 1;
  /// Directories whose time no record keeps: those that `track_new` registers something in, or SQLite works in.
  std::vector<std::string> ignored_times = {};
  /// What stays when the process ends between its creation and the durable `track_new`.
  std::vector<std::string> orphans = {};
  std::vector<explored_edit> edits = {};
  /// Files that are not there at some of the drains, and are put back. Such a drain decides rightly all the same, or it
  /// refuses and changes nothing, and leaves it to the next one.
  std::vector<std::string> absent = {};
  /// Changes an image before it is compared: puts what a database holds in the place of its bytes, say.
  std::function<void(tree_image&, const system::simulation::world&)> look = {};
};

/// How much is explored.
struct explore_settings {
  std::uint64_t budget = 2000;          ///< drains, at most
  std::uint64_t seed = 1;               ///< chooses where there are more states than the budget has room for
  std::uint64_t exhaustive_up_to = 64;  ///< of a call that leaves no more states all are taken
  std::uint32_t depth = 3;              ///< how many crashes follow each other: 1 is none in a drain
  bool power_cuts = true;               ///< else only kills, as `durability::process_crash` is good for
};

/// Something that must not be.
struct finding {
  std::string where;    ///< the crash, as `crash_explorer::replay` takes it: crashes, separated by slashes
  std::string trouble;  ///< what is wrong, for people
  std::string trace;    ///< the calls before the crash, and what of them survived
};

/// What was explored.
struct exploration_report {
  std::string name = {};
  std::uint64_t seed = 0;
  std::uint64_t mutations = 0;  ///< that the undisturbed run has begun
  std::uint64_t successes = 0;  ///< of them
  std::string surprise = {};    ///< which of them has ended otherwise than it was to, and why; empty when none has
  std::uint64_t moments = 0;    ///< calls of the undisturbed run that change something, each a place to crash before
  std::uint64_t states = 0;     ///< crashes that were drained and compared
  std::uint64_t distinct = 0;   ///< of them, those that differ in what can be seen
  std::uint64_t skipped = 0;    ///< states that were met before, and not drained again
  std::uint64_t refusals = 0;   ///< of them, those that a person has to look at: edits of what a rollback had restored
  std::uint64_t failures = 0;
  std::vector<finding> findings = {};  ///< the shortest first; not all of them when they are many
  [[nodiscard]] bool passed() const noexcept { return failures == 0 && states != 0 && surprise.empty(); }

  /// One line; and for the shortest of the failures as many as it takes.
  [[nodiscard]] std::string text() const;
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/exploration.ipp>
#endif
