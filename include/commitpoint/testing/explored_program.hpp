#pragma once

/// \file
/// A coordinator with its policies, as explorers run it, and what they are told meanwhile. `program_for`
/// (program_for.hpp) makes one.

#include <commitpoint/failure.hpp>
#include <commitpoint/report.hpp>
#include <commitpoint/step.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>
#include <commitpoint/testing/exploration.hpp>
#include <commitpoint/testing/simulated_image.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace commitpoint::testing {

/// Where an exploration keeps its tree, and the state directory in it.
inline constexpr const char* explored_root = "/tree";
inline constexpr const char* explored_state = "tree/.commitpoint";  ///< as images name it

/// The disks as they are before the first mutation: all of it durable, and of long ago. The state directory is there,
/// since making it gives the root another time.
[[nodiscard]] system::simulation::world built(const exploration& what);

/// What is compared: everything but the state directory.
[[nodiscard]] tree_image image_of(const system::simulation::world& disks, const exploration& what);

/// The name that images have for a path of an exploration: relative to the root of the tree, or beside it.
[[nodiscard]] std::string name_in_image(const std::string& path);
[[nodiscard]] std::vector<std::string> names_in_image(std::vector<std::string> paths);

/// How far a run has come.
struct progress {
  std::size_t acknowledged = 0;  ///< mutations that have returned success
  std::size_t committing = 0;    ///< mutations of which a commit record may have been written
  step at = step::none;
};

/// The machine before a call that changes something.
struct moment {
  system::simulation::world disks;
  system::call what;
  std::string name;     ///< the one that it was given, if any
  std::string by_hand;  ///< the path that somebody works on by hand; empty where it is the library
  progress how_far;
  progress next = {};  ///< the same for what a drain goes on with
};

/// What is told while a run goes on.
struct run_listener {
  std::function<void(moment)> before_change = {};                         ///< may be empty
  std::function<void(const system::simulation::world&)> on_success = {};  ///< a mutation has returned it; may be empty
  std::vector<bool> succeeds = {};  ///< stop at the first mutation that does otherwise
  system::fault_plan fault = {};    ///< what goes wrong, where the system has faults
};

/// How a run, or a drain, ended.
struct run_result {
  std::optional<failure> trouble;                      ///< the first that did not succeed, release included
  std::vector<std::optional<failure>> mutations = {};  ///< of each that was run, in order
  report recovered = {};                               ///< what the drain at the beginning did
  std::uint64_t calls = 0;                             ///< of the system, where it counts them
  std::uint64_t faults = 0;                            ///< of them, those that went wrong by plan
  std::optional<system::call> failed_call = {};        ///< the last of those
  std::size_t acknowledged = 0;
};

/// Which mutation of an undisturbed run has ended otherwise than it was to, and why; empty when none has.
[[nodiscard]] std::string surprise_of(const run_result& end, const exploration& what);

/// acquire, which drains; the mutations, if they are wanted; release. The same for each session of its own.
using run_function =
    std::function<run_result(const system::simulated&, const exploration&, bool mutate, const run_listener&)>;

/// A coordinator with its policies.
struct explored_program {
  std::string name;
  run_function run;
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/explored_program.ipp>
#endif
