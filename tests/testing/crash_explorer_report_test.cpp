// What the explorers say of explorations that cannot be right.

#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/testing/crash_explorer.hpp>
#include <commitpoint/testing/fault_sweep.hpp>
#include <commitpoint/testing/program_for.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

namespace cp = commitpoint;

TEST_CASE("a mutation that ends otherwise than it was to where nothing fails is a failure of the report") {
  cp::testing::exploration what;
  what.name = "a wrong path";
  what.build = [](cp::system::hand& h) { h.write("note", "old\n"); };
  what.mutations = {{.body = [](cp::mutation& m, cp::system::hand&) { return m.write("nowhere/note", "new\n"); }}};
  const auto program = cp::testing::program_of("copy", cp::snapshot::copy{});
  for (const bool is_known : {false, true}) {
    CAPTURE(is_known);
    what.mutations.front().fails = is_known;
    const auto explored = cp::testing::crash_explorer(what, program, {.budget = 30}).run();
    CHECK(explored.passed() == is_known);
    CHECK(explored.failures == 0);
    CHECK((explored.text().find("nowhere/note") == std::string::npos) == is_known);
    const auto swept = cp::testing::fault_sweep(what, program, {.errors = {5}, .stride = 9}).run();
    CHECK(swept.passed() == is_known);
    CHECK((swept.text().find("nowhere/note") == std::string::npos) == is_known);
  }
  cp::testing::crash_explorer explorer(what, program);
  CHECK_FALSE(explorer.replay("1k"));
  CHECK_THROWS_AS((void)explorer.replay("1k+0"), std::invalid_argument);
  CHECK_THROWS_AS((void)explorer.replay("9999k"), std::invalid_argument);
}

TEST_CASE("an exploration crashes in the first opening of a root as well, before each thing that it makes") {
  cp::testing::exploration what;
  what.build = [](cp::system::hand& h) { h.write("note", "old\n"); };
  what.mutations = {{.body = [](cp::mutation& m, cp::system::hand&) { return m.write("note", "new\n"); }}};
  const auto program = cp::testing::program_of("copy", cp::snapshot::copy{});
  std::vector<std::string> names;
  const auto end = program.run(cp::system::simulated(cp::testing::built(what)), what, true,
                               {.before_change = [&](const cp::testing::moment& m) { names.push_back(m.name); }});
  REQUIRE_FALSE(end.trouble);
  REQUIRE(names.size() > 10);
  for (const auto* made : {"format", "staging", "lock", "lock.turnstile", "journal.0"}) {
    CHECK_MESSAGE(std::ranges::any_of(names, [&](const auto& n) { return n.starts_with(made); }), made);
  }
}
