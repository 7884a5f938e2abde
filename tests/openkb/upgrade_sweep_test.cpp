#include "old_format.hpp"

#include <commitpoint/step.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using openkb::testing::copy_tree;
using openkb::testing::format_of_config;
using openkb::testing::format_of_rows;
using openkb::testing::old_place;

}  // namespace

TEST_CASE("openkb upgrade: killed at any step, it is of one format or of the other, and the next command goes on") {
  const old_place at;
  const auto untouched = at.path() / "untouched";
  copy_tree(at.kb(), untouched);
  REQUIRE(at.add_other().code == 0);
  const auto finished = at.image(false);
  std::size_t old = 0;
  std::size_t upgraded = 0;
  for (const auto step : commitpoint::step_names) {
    if (step == "none") continue;
    CAPTURE(step);
    copy_tree(untouched, at.kb());
    // The first mutation that comes to the step is the upgrade.
    if (at.run({"--crash-at", std::string(step), "add", (at.path() / "b.md").native()}).code != 137) continue;
    REQUIRE(at.run({"list"}).code == 0);
    REQUIRE(at.run({"recover"}).code == 0);  // a reader leaves to an owner what is published
    CHECK(format_of_rows(at) == format_of_config(at));
    CHECK(at.wrong() == "");
    ++(format_of_rows(at) == "2" ? old : upgraded);
    REQUIRE(at.add_other().code == 0);
    CHECK(difference_text(finished, at.image(false)) == "");
  }
  CHECK(old > 3);
  CHECK(upgraded > 3);
}
