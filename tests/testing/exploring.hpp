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
#include <string>
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

/// What a disk can do: only where snapshots need it are blocks shared.
inline void give_disk(commitpoint::testing::exploration& what, const combination& with, bool ordered) {
  what.disk.ordered_metadata = ordered;
  what.disk.clones = with.snapshot == "reflink";
}

/// A disk that keeps other times than most, or cannot link.
enum class peculiarity : std::uint8_t { none, seconds, ticks, no_links, no_birth_times };

inline void give(commitpoint::testing::exploration& what, peculiarity one) {
  switch (one) {
    case peculiarity::none: return;
    case peculiarity::seconds: what.disk.stamps = 1'000'000'000; break;
    case peculiarity::ticks: what.tick = 4'000'000; break;
    case peculiarity::no_links: what.disk.links = false; break;
    case peculiarity::no_birth_times: what.disk.birth_times = false; break;
  }
  constexpr const char* names[] = {"", "stamps of seconds", "a clock that ticks", "no hard links", "no birth times"};
  what.name += std::string(", ") + names[static_cast<int>(one)];
}

/// Half of the explorations have one. Which shape has which differs from one combination to the next, so that each
/// meets each.
inline peculiarity peculiarity_of(std::uint64_t shape, std::uint64_t combination) {
  const auto turn = (shape + combination) % 8;
  return turn % 2 == 0 ? peculiarity::none : static_cast<peculiarity>(1 + turn / 2);
}

struct totals {
  std::uint64_t explorations = 0;
  std::uint64_t states = 0;
  std::uint64_t distinct = 0;
};

inline void explore_one(commitpoint::testing::exploration what, const combination& with,
                        const commitpoint::testing::explored_program& program, bool ordered, totals& into,
                        std::uint64_t budget = budget_of_one, peculiarity which = peculiarity::none) {
  give_disk(what, with, ordered);
  if (ordered) what.name += ", ordered";
  give(what, which);
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

/// Whether this can be done there: trees with links, snapshots that are links, and files that are known to be new.
inline bool can_do(const commitpoint::testing::exploration& what, const combination& with, peculiarity one) {
  const auto is = [&](const char* name) { return what.name.find(name) != std::string::npos; };
  if (one == peculiarity::seconds || one == peculiarity::no_birth_times) return !is("track_new");
  return one != peculiarity::no_links || (!is("two names") && !is("names of one") && with.snapshot != "hardlink");
}

inline void explore_all(const std::vector<combination>& combinations, bool ordered, std::uint64_t budget) {
  totals sum;
  turns turn;
  std::uint64_t number = 0;
  for (std::uint64_t c = 0; c < combinations.size(); ++c) {
    const auto& with = combinations[c];
    const auto program = program_of(with);
    auto all = shapes_for(with, ordered);
    for (std::uint64_t s = 0; s < all.size(); ++s) {
      auto& what = all[s];
      if (!turn.is_next()) continue;
      // The others end with the drain, so that more of the budget is for what is special to them; and so do those whose
      // next process would be refused what it does.
      const bool may_refuse = with.publish == "exchange" && !ordered;
      if (number++ % 3 == 0 && !may_refuse) what.next = shapes::next(with.snapshot != "hardlink");
      // Names on two disks leave many more states than on one.
      const auto weight = what.name.starts_with("two devices") ? 3U : 1U;
      auto which = peculiarity_of(s, c);
      if (!can_do(what, with, which)) which = peculiarity::none;
      explore_one(std::move(what), with, program, ordered, sum, weight * budget, which);
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
