#include <commitpoint/publish/rename.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include "support/tree.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <string>

namespace cp = commitpoint;

namespace {

constexpr auto for_good = std::numeric_limits<std::uint64_t>::max();

// The inner part refuses every hard link and moves a few bytes at a time, the outer one ends the process.
using linkless = cp::system::faulty<cp::system::native>;
using ending = cp::system::faulty<linkless>;

const std::string new_version = "a new version of several bytes";

}  // namespace

TEST_CASE("F3: publish::rename without hard links: a copy that a crash cut short is never published") {
  bool over = false;
  for (std::uint64_t nth = 1; !over; ++nth) {
    CAPTURE(nth);
    const support::place p({{"source", new_version}, {"target", "old"}});
    ending system(linkless({}, {.nth = 1, .error = EPERM, .times = for_good, .only = cp::system::call::link}));
    const auto root = system.open_root(p.root().native()).value();
    const std::string source = "source";
    const std::string spare = "source.spare";
    const std::string target = "target";
    const cp::publish::move move{root, source, spare, root, target};
    const cp::publish::rename step;
    system.arm({.nth = nth, .times = for_good, .only_changes = true, .largest_transfer = 3});
    (void)step.put(system, move);
    over = system.counts().faults == 0;
    CHECK((support::read_file(p / "target") == "old" || support::read_file(p / "target") == new_version));

    system.disarm();
    // As the drain does it: what went live is not put again.
    if (support::read_file(p / "target") == "old") REQUIRE(step.put(system, move));
    CHECK(support::read_file(p / "target") == new_version);
    CHECK(support::read_file(p / "source") == new_version);
  }
}
