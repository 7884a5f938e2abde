#pragma once

/// \file
/// Explores all shapes with all combinations, and says how many states that were.
///
/// `COMMITPOINT_STATES` in the environment is the budget of each of the explorations; `COMMITPOINT_SEED` their seed.

#include "explored_program.hpp"
#include "shapes.hpp"

#include <commitpoint/testing/crash_explorer.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstdlib>
#include <string>

namespace explored {

inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// Under a sanitizer a state costs many times as much, and shows other things.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::uint64_t budget_of_one = 20;
#else
inline constexpr std::uint64_t budget_of_one = 450;
#endif

/// What a disk can do beside the order of its names: only where snapshots need it are blocks shared.
inline commitpoint::system::simulation::device_settings disk(const combination& with, bool ordered) {
  return {.ordered_metadata = ordered, .clones = with.snapshot == "reflink"};
}

struct totals {
  std::uint64_t explorations = 0;
  std::uint64_t states = 0;
  std::uint64_t distinct = 0;
};

inline void explore_one(commitpoint::testing::exploration what, const combination& with,
                        const commitpoint::testing::explored_program& program, bool ordered, totals& into,
                        std::uint64_t budget = budget_of_one) {
  what.disk = disk(with, ordered);
  if (ordered) what.name += ", ordered";
  const commitpoint::testing::explore_settings settings{.budget = from_environment("COMMITPOINT_STATES", budget),
                                                        .seed = from_environment("COMMITPOINT_SEED", 1)};
  commitpoint::testing::crash_explorer explorer(what, program, settings);
  const auto report = explorer.run();
  CHECK_MESSAGE(report.passed(), report.text());
  // Where names have no order, an exchange is refused when it is planned, and the tree stays as it was.
  const bool may_refuse = with.publish == "exchange" && !ordered;
  CHECK_MESSAGE((report.successes == shapes::successes_of(what) || may_refuse), report.text());
  ++into.explorations;
  into.states += report.states;
  into.distinct += report.distinct;
}

inline void explore_all(bool readable, bool ordered) {
  totals sum;
  for (const auto& with : every_combination(readable)) {
    const auto program = program_of(with);
    // A hard link cannot save a file that is written into, which the explorer would find.
    for (const auto& what : shapes::all(with.snapshot != "hardlink")) explore_one(what, with, program, ordered, sum);
    explore_one(shapes::two_devices({.ordered_metadata = ordered}), with, program, ordered, sum);
    if (ordered && with.publish == "exchange") {
      explore_one(shapes::exchanged_tree(), with, program, ordered, sum);
    }
  }
  MESSAGE(sum.explorations << " explorations, " << sum.states << " states, " << sum.distinct << " distinct");
}

}  // namespace explored
