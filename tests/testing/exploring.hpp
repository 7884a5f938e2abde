#pragma once

/// \file
/// Explores all shapes with all combinations, and says how many states that were.
///
/// `COMMITPOINT_STATES` in the environment is the budget of each of the explorations; `COMMITPOINT_SEED` their seed.
/// With `COMMITPOINT_SHAPE` only shapes are explored that have it in their names.
/// With `COMMITPOINT_EVERY` only every so-maniest is made: for a build in which a state costs a hundred times as much.

#include "explored_program.hpp"
#include "explored_sqlite.hpp"
#include "lone_shapes.hpp"
#include "shapes.hpp"
#include "tangled_shapes.hpp"

#include <commitpoint/testing/crash_explorer.hpp>

#include <doctest/doctest.h>

#include <malloc.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>
#include <vector>

namespace explored {

inline std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

// What one state frees the next one needs: given back to the system in between, it costs more than all the rest.
inline const bool keeps_its_memory = ::mallopt(M_TOP_PAD, 64 << 20) == 1;

/// States of one exploration, unless the environment says otherwise.
inline constexpr std::uint64_t budget_of_one = 320;

/// Whether it is the turn of the next exploration. By taking turns, each shape is explored with some combination.
class turns {
 public:
  [[nodiscard]] bool is_next() noexcept { return count_++ % every_ == 0; }

 private:
  std::uint64_t count_ = 0;
  std::uint64_t every_ = from_environment("COMMITPOINT_EVERY", 1);
};

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
                                                        .seed = from_environment("COMMITPOINT_SEED", 1),
                                                        .power_cuts = with.survives_power_loss};
  commitpoint::testing::crash_explorer explorer(what, program, settings);
  const auto report = explorer.run();
  // Where names have no order, an exchange is refused when it is planned, and the tree stays as it was.
  const bool may_refuse = with.publish == "exchange" && !ordered;
  const bool sound = may_refuse ? report.failures == 0 && report.states != 0 : report.passed();
  CHECK_MESSAGE(sound, report.text());
  ++into.explorations;
  into.states += report.states;
  into.distinct += report.distinct;
}

/// What a combination can be explored with.
inline std::vector<commitpoint::testing::exploration> shapes_for(const combination& with, bool ordered) {
  // A hard link cannot save a file that is written into, which the explorer would find.
  auto all = shapes::all(with.snapshot != "hardlink");
  for (auto& what : shapes::all_tangled(with.snapshot != "hardlink")) all.push_back(std::move(what));
  const bool saves_elsewhere = with.snapshot != "reflink";  // which does not go from one disk to another
  for (auto& what : shapes::all_lone({.ordered_metadata = ordered}, with.snapshot != "hardlink", saves_elsewhere)) {
    all.push_back(std::move(what));
  }
  all.push_back(shapes::two_devices({.ordered_metadata = ordered}));
  if (saves_elsewhere) {
    all.push_back(shapes::two_devices_in_place({.ordered_metadata = ordered}, false));
    all.push_back(shapes::two_devices_in_place({.ordered_metadata = ordered}, true));
    all.push_back(shapes::two_devices_savepoint({.ordered_metadata = ordered}));
  }
  if (ordered && with.publish == "exchange") {
    all.push_back(shapes::exchanged_tree());
    all.push_back(shapes::in_exchanged_tree());
    if (with.snapshot == "copy" || with.snapshot == "adaptive") {
      all.push_back(shapes::two_devices_exchanged({.ordered_metadata = true}));
    }
  }
  if (with.journal == "sqlite") {
    for (auto& what : all) what = with_registry(std::move(what));
    for (auto& what : rows_and_files()) all.push_back(std::move(what));
  }
  const char* wanted = std::getenv("COMMITPOINT_SHAPE");
  if (wanted != nullptr) {
    std::erase_if(all, [&](const auto& what) { return what.name.find(wanted) == std::string::npos; });
  }
  return all;
}

inline void explore_all(const std::vector<combination>& combinations, bool ordered, std::uint64_t budget) {
  totals sum;
  turns turn;
  std::uint64_t number = 0;
  for (const auto& with : combinations) {
    const auto program = program_of(with);
    for (auto& what : shapes_for(with, ordered)) {
      if (!turn.is_next()) continue;
      // The others end with the drain, so that more of the budget is for what is special to them; and so do those whose
      // next process would be refused what it does.
      const bool may_refuse = with.publish == "exchange" && !ordered;
      if (number++ % 3 == 0 && !may_refuse) what.next = shapes::next(with.snapshot != "hardlink");
      // Names on two disks leave many more states than on one.
      const auto weight = what.name.starts_with("two devices") ? 3U : 1U;
      explore_one(std::move(what), with, program, ordered, sum, weight * budget);
    }
  }
  MESSAGE(sum.explorations << " explorations, " << sum.states << " states, " << sum.distinct << " distinct");
}

inline void explore_all(std::string_view journal, bool ordered) {
  // A state with a database in it takes several times as long; so does one with a journal that is written as text.
  const std::uint64_t part = journal == "sqlite" ? 8 : journal == "json_file" ? 4 : 2;
  explore_all(every_combination(journal), ordered, budget_of_one / part);
}
inline void explore_kills(std::string_view journal) {
  const auto budget = journal == "sqlite" ? budget_of_one / 20 : budget_of_one / 12;
  for (const bool ordered : {false, true}) explore_all(every_combination(journal, false), ordered, budget);
}

}  // namespace explored
