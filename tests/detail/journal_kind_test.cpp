// A root says which journal it has, and is opened with no other.

#include "support/database.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/memory.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/observe/interface.hpp>

#include <doctest/doctest.h>

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cp = commitpoint;
namespace fs = boost::filesystem;
using cp::errc;
using support::place;

namespace {

constexpr auto kind_file = ".commitpoint/journal.kind";

// Ends the process at a step.
struct ends_at {
  using kind = cp::kind::observe;
  cp::step at = cp::step::none;
  void operator()(const cp::observe::event& e) const {
    if (e.at == at && at != cp::step::none) ::kill(::getpid(), SIGKILL);
  }
};

// A coordinator with one of the journals.
struct some_journal {
  std::string name;
  std::function<cp::any_coordinator(const place&, cp::step)> open;
};

template <class Journal>
some_journal with(std::string name, Journal journal) {
  return {std::move(name), [journal](const place& p, cp::step ending) -> cp::any_coordinator {
            return cp::coordinator<Journal, ends_at>::open(p.root(), {}, journal, ends_at{ending}).value();
          }};
}

std::vector<some_journal> every_journal() {
  return {with("log", cp::journal::log{}),
          with("json_file", cp::journal::json_file{}),
          with("memory", cp::journal::memory{}),
          with("sqlite:reg.db", cp::journal::sqlite{.database = "reg.db"}),
          with("sqlite:other.db", cp::journal::sqlite{.database = "other.db"}),
          with("sqlite:.commitpoint/journal.db", cp::journal::sqlite{})};
}

cp::result<void> change(cp::owner& mine, const place& p, const std::string& to) {
  return mine.run({.touches = {cp::touch::file("in_place")}}, [&](cp::mutation& m) -> cp::result<void> {
    support::overwrite(p / "in_place", to);
    return m.write("staged", to);
  });
}

// A tree in which a mutation was committed, and its process killed before it was published.
void leave_pending(const place& p, const some_journal& mine) {
  support::child crashed([&]() -> std::string {
    auto kb = mine.open(p, cp::step::publish);
    auto owner = kb.acquire().value();
    change(owner, p, "new").value();
    return "it lived";
  });
  REQUIRE(crashed.was_killed());
}

cp::testing::tree_image look(const place& p) {
  return cp::testing::read_tree(p.root(), {.ignored = {".commitpoint/lock", ".commitpoint/lock.turnstile"},
                                           .ignored_times = {".commitpoint"}})
      .value();
}

}  // namespace

TEST_CASE("A2: a root with something pending is opened with no other journal, and both are named") {
  const auto all = every_journal();
  for (const auto& theirs : all) {
    place p(support::tree{{"in_place", "old"}, {"staged", "old"}});
    leave_pending(p, theirs);
    const auto before = look(p);
    for (const auto& other : all) {
      if (other.name == theirs.name) continue;
      CAPTURE(theirs.name);
      CAPTURE(other.name);
      auto kb = other.open(p, cp::step::none);
      const auto refused = kb.acquire();
      REQUIRE_FALSE(refused);
      CHECK(refused.error() == errc::unsupported);
      const auto said = refused.error().message();
      CHECK_MESSAGE(said.find("'" + theirs.name + "'") != std::string::npos, said);
      CHECK_MESSAGE(said.find("'" + other.name + "'") != std::string::npos, said);
      CHECK(kb.read().error() == errc::unsupported);
      CHECK(kb.pending().error() == errc::unsupported);
      CHECK(kb.accept("q1").error() == errc::unsupported);
      CHECK(cp::testing::difference_text(before, look(p)).empty());
    }
    if (theirs.name == "memory") continue;  // gone with its process
    auto kb = theirs.open(p, cp::step::none);
    CHECK(kb.acquire().value().recovered().mutations.size() == 1);
    CHECK(support::read_file(p / "staged") == "new");
    CHECK(support::read_file(p / "in_place") == "new");
  }
}

TEST_CASE("A2: the same of a settled root") {
  const auto all = every_journal();
  for (const auto& theirs : all) {
    place p(support::tree{{"in_place", "old"}});
    {
      auto kb = theirs.open(p, cp::step::none);
      auto owner = kb.acquire().value();
      change(owner, p, "new").value();
      owner.release().value();
    }
    for (const auto& other : all) {
      CAPTURE(theirs.name);
      CAPTURE(other.name);
      auto kb = other.open(p, cp::step::none);
      CHECK(static_cast<bool>(kb.acquire()) == (other.name == theirs.name));
      CHECK(static_cast<bool>(kb.read()) == (other.name == theirs.name));
    }
  }
}

TEST_CASE("A2: a root of before, which does not say what journal it has, is taken by what its files allow") {
  const auto all = every_journal();
  for (const auto& theirs : all) {
    if (theirs.name == "memory") continue;
    for (const auto& mine : all) {
      CAPTURE(theirs.name);
      CAPTURE(mine.name);
      place p(support::tree{{"in_place", "old"}, {"staged", "old"}});
      leave_pending(p, theirs);
      fs::remove(p / kind_file);
      const auto before = look(p);
      auto kb = mine.open(p, cp::step::none);
      const auto got = kb.acquire();
      // The log does not say in which database: another one cannot be told from the right one, unless it is not there.
      const bool both_rows = theirs.name.starts_with("sqlite") && mine.name.starts_with("sqlite");
      CHECK(static_cast<bool>(got) == (mine.name == theirs.name || (theirs.name == "log" && both_rows) ||
                                       (theirs.name == "log" && mine.name.starts_with("sqlite"))));
      if (got) {
        CHECK(support::read_file(p / "staged") == "new");
        CHECK(support::read_file(p / kind_file).find(mine.name) != std::string::npos);
      } else {
        if (!both_rows) CHECK(got.error() == errc::unsupported);
        fs::remove(p / ".commitpoint/blocked");
        CHECK(cp::testing::difference_text(before, look(p)).empty());
      }
    }
  }
}

TEST_CASE("A2: the journal of a settled root is changed by removing the old one's files") {
  place p(support::tree{{"in_place", "old"}});
  const auto all = every_journal();
  for (const auto& mine : all) {
    CAPTURE(mine.name);
    auto kb = mine.open(p, cp::step::none);
    {
      auto owner = kb.acquire();
      REQUIRE(owner);
      CHECK(change(owner.value(), p, mine.name));
      CHECK(owner.value().release());
    }
    CHECK(kb.pending().value().empty());
    for (const auto* name : {"journal.kind", "journal.0", "journal.1", "journal", "journal.db"}) {
      fs::remove_all(p / (std::string(".commitpoint/") + name));
    }
  }
}

TEST_CASE("A2: a damaged journal.kind is no journal's") {
  for (const std::string text : {"", "{", "[]", R"({"journal": 1})", R"({"database": "1"})"}) {
    CAPTURE(text);
    place p(support::tree{{"in_place", "old"}});
    auto kb = cp::coordinator<>::open(p.root()).value();
    CHECK(kb.acquire());
    support::write_file(p / kind_file, text);
    CHECK(kb.acquire().error() == errc::needs_repair);
    CHECK(kb.read().error() == errc::needs_repair);
  }
  place p(support::tree{{"in_place", "old"}});
  auto kb = cp::coordinator<>::open(p.root()).value();
  CHECK(kb.acquire());
  fs::remove(p / kind_file);
  REQUIRE(::mkfifo((p / kind_file).c_str(), 0600) == 0);
  const auto refused = kb.acquire();
  REQUIRE_FALSE(refused);
  CHECK(refused.error() == errc::not_a_regular_file);
  CHECK(refused.error().message().find(kind_file) != std::string::npos);
}

TEST_CASE("A2: a database whose name is no text is remembered as it is") {
  place p(support::tree{{"in_place", "old"}});
  const auto mine = with("", cp::journal::sqlite{.database = "r\xe9g%.db"});
  const auto other = with("", cp::journal::sqlite{.database = "r\xe8g%.db"});
  auto kb = mine.open(p, cp::step::none);
  {
    auto owner = kb.acquire().value();
    CHECK(change(owner, p, "new"));
  }
  CHECK(mine.open(p, cp::step::none).acquire());
  CHECK(other.open(p, cp::step::none).acquire().error() == errc::unsupported);
}
