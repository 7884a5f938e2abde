// File systems whose times go in seconds: two writes in one second cannot be told apart by them.

#include "support/mounts.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>

#include <doctest/doctest.h>

#include <time.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <utility>

namespace cp = commitpoint;
using cp::errc;
using cp::touch;
using std::chrono::seconds;

namespace {

constexpr std::int64_t second = 1'000'000'000;

cp::result<void> give_up() { return errc::unsupported; }

// A machine whose file system keeps times in multiples of `stamps`, and whose clock ticks.
struct coarse {
  explicit coarse(std::int64_t stamps = second, std::int64_t tick = 1, bool births = false, bool ordered = true)
      : disk([&] {
          cp::system::simulation::world empty(
              {.ordered_metadata = ordered, .clones = false, .birth_times = births, .stamps = stamps});
          empty.tick = tick;
          return empty;
        }()) {
    hand.make_directory("/tree");
  }

  cp::system::simulated disk;
  cp::system::hand hand{disk};
  cp::system::hand tree = hand.below("tree");

  template <class... Policies>
  [[nodiscard]] auto open() {
    return cp::coordinator<cp::system::simulated, Policies...>::open("/tree", {}, disk).value();
  }
  // The machine as it is when the process ends before its nth call that changes something in `run`.
  [[nodiscard]] cp::report drain() {
    auto kb = open<>();
    auto mine = kb.acquire();
    REQUIRE_MESSAGE(mine, mine.error().message());
    return mine.value().recovered();
  }
};

// Runs a body and gives the machine as it was at the end of the body.
template <class Coordinator>
cp::system::simulation::world killed(coarse& one, Coordinator kb, const cp::plan& what,
                                     const std::function<void(cp::system::hand&)>& body) {
  auto mine = kb.acquire().value();
  cp::system::simulation::world left;
  (void)mine.run(what, [&](cp::mutation&) -> cp::result<void> {
    body(one.tree);
    left = one.disk.world();
    return give_up();
  });
  return left;
}

}  // namespace

TEST_CASE("A5: a write in the second of the snapshot is undone, alive, after a kill and in a savepoint") {
  for (const std::int64_t stamps : {second, 2 * second, second / 100, std::int64_t{1}}) {
    for (const auto& touched : {touch::file("d/x"), touch::tree("d")}) {
      CAPTURE(stamps);
      coarse one(stamps, stamps == 1 ? 4'000'000 : 1);
      one.tree.make_directory("d");
      one.tree.write("d/x", "AAAA");
      {
        auto kb = one.open<>();
        auto mine = kb.acquire().value();
        // Old enough for a clock that ticks, and not for one that goes in seconds.
        if (stamps >= second) one.disk.pause(std::chrono::milliseconds(100));
        CHECK_FALSE(mine.run({.touches = {touched}}, [&](cp::mutation&) -> cp::result<void> {
          one.tree.write("d/x", "BBBB");
          return give_up();
        }));
        CHECK(one.tree.read("d/x") == "AAAA");
        CHECK(mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
          const auto inner = m.savepoint([&](cp::mutation& s) -> cp::result<void> {
            BOOST_OUTCOME_TRYV(s.protect({touched}));
            one.tree.write("d/x", "CCCC");
            return give_up();
          });
          CHECK_FALSE(inner);
          return cp::success();
        }));
        CHECK(one.tree.read("d/x") == "AAAA");
      }
      one.tree.write("d/x", "DDDD");
      if (stamps >= second) one.disk.pause(std::chrono::milliseconds(100));
      const auto left =
          killed(one, one.open<>(), {.touches = {touched}}, [](cp::system::hand& h) { h.write("d/x", "EEEE"); });
      one.disk = cp::system::simulated(left);
      one.hand = cp::system::hand(one.disk);
      one.tree = one.hand.below("tree");
      CHECK(one.drain().mutations.size() == 1);
      CHECK(one.tree.read("d/x") == "DDDD");
    }
  }
}

TEST_CASE("A5: a file of this second is copied and not linked, for its time would hide a write through the link") {
  coarse one;
  one.tree.make_directory("d");
  one.tree.write("d/x", "AAAA");
  one.disk.pause(std::chrono::milliseconds(100));
  auto kb = one.open<cp::snapshot::hardlink>();
  auto mine = kb.acquire().value();
  CHECK_FALSE(mine.run({.touches = {touch::replaced_tree("d")}}, [&](cp::mutation&) -> cp::result<void> {
    CHECK(one.tree.status("d/x").links == 1);
    one.tree.write("d/x", "BBBB");
    return give_up();
  }));
  CHECK(one.tree.read("d/x") == "AAAA");
}

TEST_CASE("A5: a clock that is set back while a body runs makes no stamp say that nothing was written") {
  coarse one;
  one.tree.write("x", "AAAA");
  one.disk.pause(seconds(10));
  auto kb = one.open<>();
  auto mine = kb.acquire().value();
  CHECK_FALSE(mine.run({.touches = {touch::file("x")}}, [&](cp::mutation&) -> cp::result<void> {
    one.disk.set_clock(-seconds(10));
    one.tree.write("x", "BBBB");
    return give_up();
  }));
  CHECK(one.tree.read("x") == "AAAA");
}

TEST_CASE("A5: what somebody writes to a file of the commit's second, before the drain publishes over it, is kept") {
  coarse one;
  one.tree.write("x", "AAAA");
  cp::system::simulation::world left;
  {
    auto kb = one.open<>();
    auto mine = kb.acquire().value();
    one.disk.machine().before_change = [&](const auto& change, const auto& world) {
      if (change.what == cp::system::call::rename && change.name == "x") left = world;
    };
    CHECK(mine.run({}, [](cp::mutation& m) { return m.write("x", "the new version"); }));
    one.disk.machine().before_change = nullptr;
  }
  one.disk = cp::system::simulated(left);
  one.tree = cp::system::hand(one.disk).below("tree");
  one.tree.write("x", "mine");
  const auto found = one.drain();
  CHECK(one.tree.read("x") == "the new version");
  REQUIRE(found.kept.size() == 1);
  CHECK(one.tree.read(found.kept.front().place) == "mine");
}

TEST_CASE("A5: what somebody writes to a file that is renamed goes with it, and no copy of it is kept") {
  coarse one;
  one.tree.write("x", "AAAA");
  cp::system::simulation::world left;
  {
    auto kb = one.open<>();
    auto mine = kb.acquire().value();
    bool is_first = true;
    one.disk.machine().before_change = [&](const auto& change, const auto& world) {
      if (change.what == cp::system::call::rename && std::exchange(is_first, false)) left = world;
    };
    CHECK(mine.run({}, [](cp::mutation& m) { return m.rename("x", "y"); }));
    one.disk.machine().before_change = nullptr;
  }
  one.disk = cp::system::simulated(left);
  one.tree = cp::system::hand(one.disk).below("tree");
  one.tree.write("x", "mine");
  CHECK(one.drain().kept.empty());
  CHECK(one.tree.read("y") == "mine");
  CHECK_FALSE(one.tree.exists("x"));
}

TEST_CASE("A26: a directory that was made in this second is exchanged") {
  for (const std::int64_t stamps : {second, 2 * second, std::int64_t{1}}) {
    coarse one(stamps, stamps == 1 ? 4'000'000 : 1);
    one.tree.make_directory("site");
    one.tree.write("site/old", "old");
    auto kb = one.open<cp::publish::exchange>();
    auto mine = kb.acquire().value();
    const auto done = mine.run({.staging = {"work"}}, [&](cp::mutation& m) -> cp::result<void> {
      one.tree.make_directory("work/site");
      one.tree.write("work/site/new", "new");
      return m.publish("work/site", "site");
    });
    REQUIRE_MESSAGE(done, done.error().message());
    CHECK(one.tree.read("site/new") == "new");
    CHECK_FALSE(one.tree.exists("site/old"));
  }
}

TEST_CASE("A16: a clock that is set back while new files are tracked stops nobody") {
  coarse one(1, 4'000'000, true);
  auto kb = one.open<>();
  auto mine = kb.acquire().value();
  const auto before = one.disk.steady_now();
  CHECK(mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
    one.tree.write("blob", "a blob");
    BOOST_OUTCOME_TRYV(m.track_new({"blob"}));
    one.disk.set_clock(-seconds(8));
    return cp::success();
  }));
  CHECK(one.disk.steady_now() - before < std::chrono::milliseconds(200));
  // It looks as if it had been born after the next one began; a rollback must not remove it.
  CHECK_FALSE(mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
    const auto tracked = m.track_new({"blob"});
    CHECK((!tracked && tracked.error() == errc::not_new));
    return give_up();
  }));
  CHECK(one.tree.read("blob") == "a blob");
}

TEST_CASE("A5, A26: on file systems with stamps of one second") {
  for (const auto* type : {"ext4 of seconds", "ext3 of seconds"}) {
    const support::loop_mounted mounted(type);
    if (!mounted.why_not().empty()) {
      MESSAGE("SKIPPED: " << mounted.why_not());
      return;
    }
    const support::place p({}, mounted.where());
    const auto early_in_a_second = [] {
      timespec t{};
      do ::clock_gettime(CLOCK_REALTIME, &t);
      while (t.tv_nsec > 200'000'000);
    };
    {
      auto kb = cp::coordinator<>::open(p.root()).value();
      auto mine = kb.acquire().value();
      early_in_a_second();
      support::write_file(p / "x", "AAAA");
      support::let_changes_settle();  // for a file system of nanoseconds
      support::let_changes_settle();
      CHECK_FALSE(mine.run({.touches = {touch::file("x")}}, [&](cp::mutation&) -> cp::result<void> {
        support::overwrite(p / "x", "BBBB");
        return give_up();
      }));
      CHECK(support::read_file(p / "x") == "AAAA");
    }
    auto kb = cp::coordinator<cp::publish::exchange>::open(p.root()).value();
    auto mine = kb.acquire().value();
    early_in_a_second();
    REQUIRE(::mkdir((p / "site").c_str(), 0755) == 0);
    const auto done = mine.run({.staging = {"work"}}, [&](cp::mutation& m) -> cp::result<void> {
      REQUIRE(::mkdir((p / "work/site").c_str(), 0755) == 0);
      support::write_file(p / "work/site/new", "new");
      return m.publish("work/site", "site");
    });
    CHECK_MESSAGE(done, done.error().message());
    CHECK(support::is_there(p / "site/new"));
  }
}
