// A tool that links equal files, or copies a journal from one root to another.

#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

namespace cp = commitpoint;
using machine = cp::system::faulty<cp::system::simulated>;
using cp::system::call;

namespace {

const std::string state = "/.commitpoint/";

struct roots {
  cp::system::simulated disk;
  machine system{disk};
  cp::system::hand hand{disk};

  roots() {
    for (const auto* name : {"/one", "/two"}) {
      const std::string root = name;
      hand.make_directory(root);
      hand.write(root + "/a", "old a");
      hand.write(root + "/b", "old b");
      auto kb = open(root);
      CHECK(kb.acquire());
    }
  }
  [[nodiscard]] cp::coordinator<machine> open(const std::string& root) {
    return cp::coordinator<machine>::open(root, {}, system).value();
  }
  // As a tool does that gives one inode to files that are equal.
  void link(const std::string& name) {
    const auto from = "/one" + state + name;
    const auto to = "/two" + state + name;
    REQUIRE(hand.read(from) == hand.read(to));
    hand.remove(to);
    hand.link(from, to);
  }
  // In place, and killed before the commit record.
  void leave_uncommitted(const std::string& root) {
    auto kb = open(root);
    auto mine = kb.acquire().value();
    (void)mine.run({.touches = {cp::touch::file("a")}}, [&](cp::mutation&) -> cp::result<void> {
      hand.write(root + "/a", "half of it");
      system.arm({.nth = 1, .times = 1'000'000});
      return std::make_error_code(std::errc::owner_dead);
    });
    system.disarm();
  }
  // Killed between the commit record and the first rename.
  void leave_committed(const std::string& root) {
    auto kb = open(root);
    auto mine = kb.acquire().value();
    (void)mine.run({.operation = "n"}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("a", "new a"));
      BOOST_OUTCOME_TRYV(m.write("b", "new b"));
      system.arm({.nth = 1, .times = 1'000'000, .only = call::rename});
      return cp::success();
    });
    system.disarm();
  }
};

}  // namespace

TEST_CASE("A11: of two roots whose journals a tool has made one, each carries out what is its own") {
  for (const bool one_first : {true, false}) {
    CAPTURE(one_first);
    roots r;
    r.link("journal.1");
    r.leave_committed("/two");
    r.leave_uncommitted("/one");
    for (const bool one : {one_first, !one_first}) {
      const std::string root = one ? "/one" : "/two";
      auto kb = r.open(root);
      const auto mine = kb.acquire();
      REQUIRE_MESSAGE(mine, (mine ? "" : mine.error().message()));
      CHECK(mine.value().recovered().mutations.size() == 1);
    }
    CHECK(r.hand.read("/one/a") == "old a");
    CHECK(r.hand.read("/two/a") == "new a");
    CHECK(r.hand.read("/two/b") == "new b");
    for (const auto* name : {"journal.0", "journal.1"}) {
      CHECK(r.hand.status("/one" + state + name).links == 1);
      CHECK_FALSE(r.hand.exists("/two" + state + name + ".parted"));
    }
  }
}

TEST_CASE("A11: a journal that is linked while its owner lives is parted before anything is written to it") {
  roots r;
  auto kb = r.open("/one");
  auto mine = kb.acquire().value();
  const auto write = [&](const std::string& bytes) {
    return mine.run({.operation = "n"}, [&](cp::mutation& m) { return m.write("a", bytes); });
  };
  write("first").value();
  const auto before = r.hand.read("/one" + state + "journal.0");
  r.hand.link("/one" + state + "journal.0", "/elsewhere");
  write("second").value();
  CHECK(r.hand.read("/elsewhere") == before);
  CHECK(r.hand.read("/one" + state + "journal.0") != before);
}

TEST_CASE("A11: the journal of another root is damage, and nothing live is touched; accepting it goes on") {
  roots r;
  r.leave_uncommitted("/one");
  {
    auto kb = r.open("/one");
    CHECK(kb.acquire());  // its drain has begun a generation with the higher number
  }
  r.leave_uncommitted("/one");
  for (const auto* name : {"journal.0", "journal.1"}) {
    r.hand.write("/two" + state + name, r.hand.read("/one" + state + name));
  }
  r.hand.write("/two" + state + "lock", "");  // without the mark of who had it last
  auto kb = r.open("/two");
  const auto refused = kb.acquire();
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == cp::errc::needs_repair);
  CHECK(refused.error().message().find("another root") != std::string::npos);
  CHECK(r.hand.read("/two/a") == "old a");
  CHECK(kb.accept(kb.pending().value().blocked->id));
  auto mine = kb.acquire().value();
  CHECK(mine.recovered().mutations.empty());
  mine.run({.operation = "n"}, [](cp::mutation& m) { return m.write("a", "new"); }).value();
  CHECK(r.hand.read("/two/a") == "new");
}

TEST_CASE("A11, F15: a copy of a whole tree recovers itself, also where a tool has linked the journals of both") {
  const cp::testing::temporary_directory top;
  const auto one = top / "one";
  const auto two = top / "two";
  boost::filesystem::create_directory(one);
  support::write_file(one / "a", "old");
  using coordinator = cp::coordinator<cp::system::faulty<cp::system::native>>;
  {
    cp::system::faulty<cp::system::native> system;
    auto kb = coordinator::open(one, {}, system).value();
    auto mine = kb.acquire().value();
    (void)mine.run({.operation = "n"}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("a", "new"));
      system.arm({.nth = 1, .times = 1'000'000, .only = call::rename});
      return cp::success();
    });
  }
  REQUIRE(std::system(("cp -a '" + one.native() + "' '" + two.native() + "'").c_str()) == 0);
  for (const auto* name : {".commitpoint/journal.0", ".commitpoint/journal.1"}) {
    boost::filesystem::remove(two / name);
    boost::filesystem::create_hard_link(one / name, two / name);
  }
  for (const auto& root : {one, two}) {
    CHECK(support::read_file(root / "a") == "old");
    auto kb = coordinator::open(root).value();
    auto mine = kb.acquire();
    REQUIRE_MESSAGE(mine, (mine ? "" : mine.error().message()));
    CHECK(mine.value().recovered().mutations.size() == 1);
    CHECK(support::read_file(root / "a") == "new");
  }
}
