#include "exploring.hpp"

#include <commitpoint/testing/fault_sweep.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using explored::combination;

// `usual`: only every so-maniest call, where one costs many times as much. COMMITPOINT_CALLS in the environment is
// another number.
void sweep_all(std::string_view journal, std::uint64_t usual) {
  const auto every = explored::from_environment("COMMITPOINT_CALLS", usual);
  std::uint64_t faults = 0;
  std::uint64_t sweeps = 0;
  std::uint64_t turn = 0;
  for (const auto& with : explored::every_combination(journal)) {
    for (const bool ordered : {false, true}) {
      for (auto& what : explored::shapes_for(with, ordered)) {
        if (what.name == "names of one")
          continue;  // where no link can be made, a renamed file is a copy and no name of it
        explored::give_disk(what, with, ordered);
        // Each shape is swept call by call; with the other combinations at every few, not the same in all of them.
        const bool whole = with.snapshot == "copy" && with.publish.empty() && !ordered && what.name != "many";
        ++turn;
        const auto report =
            commitpoint::testing::fault_sweep(std::move(what), explored::program_of(with),
                                              {.stride = every * (whole ? 1U : 83U + turn % 7),
                                               .drain_stride = whole ? every * 11U : 80U + turn * 13U % 240U})
                .run();
        const bool may_refuse = with.publish == "exchange" && !ordered;  // where names have no order
        const bool sound = may_refuse ? report.faults != 0 && report.troubles.empty() : report.passed();
        CHECK_MESSAGE(sound, report.text());
        faults += report.faults;
        ++sweeps;
      }
    }
  }
  MESSAGE(sweeps << " sweeps, " << faults << " calls failed");
}

}  // namespace

TEST_CASE("F7, F11: any call fails with any error, with journal::log") { sweep_all("log", 1); }
TEST_CASE("F7, F11: any call fails with any error, with journal::json_file") { sweep_all("json_file", 5); }
TEST_CASE("F7, F11: any call fails with any error, with journal::sqlite") { sweep_all("sqlite", 14); }

// Where a drain cannot open a directory in which it has published, it must not be taken for durable.
TEST_CASE("F7, F11: any call of any drain fails on two devices") {
  for (const char* journal : {"log", "json_file"}) {
    const combination with{.snapshot = "copy", .journal = journal, .publish = "exchange"};
    auto what = shapes::two_devices_exchanged({.ordered_metadata = true});
    explored::give_disk(what, with, true);
    const auto report = commitpoint::testing::fault_sweep(
                            std::move(what), explored::program_of(with),
                            {.stride = 1'000'000, .drain_stride = explored::from_environment("COMMITPOINT_CALLS", 1)})
                            .run();
    CHECK_MESSAGE(report.passed(), report.text());
    MESSAGE(report.faults << " calls failed");
  }
}
