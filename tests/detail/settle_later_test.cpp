// A release that leaves its publish to the barrier of the next owner, and readers of what is published.

#include "marked_tree.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace cp = commitpoint;
using cp::durability::power_loss;
using cp::system::call;
using marked::coordinator;
using marked::lock_file;
using marked::machine;
using marked::settle;

namespace {

struct place : marked::tree {
  explicit place(bool ordered) : tree(ordered) {}

  [[nodiscard]] coordinator open(settle when = settle::later) { return tree::open(when); }
  // In a session of its own. Gives the calls that sync.
  std::uint64_t session(const std::string& text, settle when = settle::later) {
    auto kb = open(when);
    system.reset_counts();
    auto mine = kb.acquire().value();
    CHECK(mine.recovered().empty());
    write(mine, text);
    mine.release().value();
    return system.counts().syncs();
  }
  [[nodiscard]] std::uint64_t left() {
    const auto found = mark();
    return found ? found->unretired : 0;
  }
};

}  // namespace

TEST_CASE("a release that settles later syncs nothing, and the next owner's barrier covers its publish") {
  for (const bool ordered : {false, true}) {
    CAPTURE(ordered);
    place p(ordered);
    p.session("0", settle::at_release);
    const auto at_release = p.session("1", settle::at_release);
    CHECK(p.left() == 0);
    p.session("2");
    CHECK(p.left() == 3);
    const auto later = p.session("3");
    CHECK(p.left() == 4);
    CHECK(later == 2);  // the barrier, and the commit record
    CHECK(at_release > later);
    // Where nothing is to be left, nothing is.
    p.open(settle::at_release).acquire().value().release().value();
    CHECK(p.left() == 0);
    CHECK(p.hand.list("/tree/.commitpoint/staging").empty());
    CHECK(p.hand.read("/tree/file") == "3");
  }
}

TEST_CASE("an owner that does nothing leaves to the next what was left to it") {
  place p(true);
  p.session("1");
  p.session("2");
  auto kb = p.open();
  p.system.reset_counts();
  kb.acquire().value().release().value();
  CHECK(p.system.counts().syncs() == 0);
  CHECK(p.left() == 2);
  p.session("3");
  CHECK(p.left() == 3);
}

TEST_CASE("what is left is known to a journal that begins anew") {
  place p(false);
  for (int i = 0; i < 40; ++i) {
    auto kb = cp::coordinator<machine, cp::journal::log>::open(
                  "/tree", {}, p.system, power_loss{.settles = settle::later}, cp::journal::log{.preallocate = 4096})
                  .value();
    auto mine = kb.acquire().value();
    CHECK(mine.recovered().empty());
    p.write(mine, std::to_string(i));
  }
  CHECK(p.open().read().value().read("file").value() == "39");
}

TEST_CASE("what writes into a live file is settled at the release all the same") {
  place p(true);
  p.session("1");
  {
    auto kb = p.open();
    auto mine = kb.acquire().value();
    mine.run({}, [](cp::mutation& m) { return m.append("file", "more"); }).value();
  }
  CHECK(p.left() == 0);
}

TEST_CASE("a barrier that fails takes the mark away: what was left to it may be lost, and is published again") {
  place p(false);
  p.session("1");
  p.session("2");
  {
    auto kb = p.open();
    auto mine = kb.acquire().value();
    p.system.arm({.nth = 1, .error = EIO, .only = call::sync_filesystem});
    const auto done = mine.run({}, [](cp::mutation& m) { return m.write("file", "3"); });
    CHECK_FALSE(done);
    p.system.disarm();
    CHECK(mine.run({}, [](cp::mutation& m) { return m.write("file", "4"); }).error() == cp::errc::publish_incomplete);
  }
  auto mine = p.open().acquire().value();
  REQUIRE(mine.recovered().mutations.size() == 1);
  CHECK(mine.recovered().mutations[0].number == 2);
  CHECK(p.hand.read("/tree/file") == "2");
}

TEST_CASE("F27: a reader does not drain what is published and visible") {
  place p(false);
  p.session("1");
  SUBCASE("of an owner that settles later") { p.session("2"); }
  SUBCASE("of an owner that was killed then") {
    auto kb = p.open(settle::at_release);
    auto mine = kb.acquire().value();
    p.write(mine, "2");
    p.system.arm({.nth = 1, .times = 1'000'000});  // nothing goes right any more
    CHECK_FALSE(mine.release());
    p.system.disarm();
  }
  auto kb = p.open(settle::at_release);
  p.system.reset_counts();
  const auto seen = kb.read().value();
  CHECK(seen.read("file").value() == "2");
  CHECK(seen.recovered().empty());
  CHECK(p.system.counts().syncs() == 0);
  CHECK(p.system.counts().of(call::write) == 0);
}
