// The database of journal::sqlite is not where it was when a drain, or a mutation, needs it.

#include "support/database.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/observe/interface.hpp>

#include <doctest/doctest.h>

#include <signal.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cp = commitpoint;
namespace fs = boost::filesystem;
using cp::errc;
using support::place;

namespace {

// Ends the process at a step.
struct ends_at {
  using kind = cp::kind::observe;
  cp::step at = cp::step::none;
  void operator()(const cp::observe::event& e) const {
    if (e.at == at && at != cp::step::none) ::kill(::getpid(), SIGKILL);
  }
};

using coordinator = cp::coordinator<cp::journal::sqlite, ends_at>;

constexpr auto database = "reg.db";
constexpr auto suffixes = {"", "-wal", "-shm"};

coordinator open(const place& p, cp::step ending = cp::step::none) {
  return coordinator::open(p.root(), {}, cp::journal::sqlite{.database = database}, ends_at{ending}).value();
}

cp::result<void> run(sqlite3* d, const std::string& sql) {
  if (sqlite3_exec(d, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return cp::sqlite_failure(d);
  return cp::success();
}
cp::result<void> insert(cp::enlisting_mutation& m, const std::string& name) {
  return m.enlist([&](sqlite3* d) { return run(d, "INSERT INTO docs VALUES('" + name + "')"); });
}
std::string rows(const place& p) { return support::connection(p / database).ask("SELECT group_concat(n) FROM docs"); }

// Adds a document, a row and a file; `in_place` writes over the file.
cp::result<void> add(coordinator::owner_type& mine, const place& p, const std::string& name, bool in_place) {
  cp::plan about{.operation = "add"};
  if (in_place) about.touches = {cp::touch::file("file")};
  return mine.run(about, [&](auto& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(insert(m, name));
    if (!in_place) return m.write("file", name);
    support::overwrite(p / "file", name);
    return cp::success();
  });
}

// A tree with a database in which "one" was added, and released; then "two", and the process was killed at a step; of
// none, after success was returned.
struct crashed_tree {
  place p{{{"file", "old"}}};
  place elsewhere;
  bool in_place;

  explicit crashed_tree(cp::step at, bool writes_in_place = false) : in_place(writes_in_place) {
    support::connection(p / database).run("PRAGMA journal_mode = WAL; CREATE TABLE docs(n)");
    session("one");
    copy_to("older");
    support::let_changes_settle();  // what was written in one tick is kept, to be on the safe side
    support::child crashed([&]() -> std::string {
      auto kb = open(p, at);
      auto mine = kb.acquire().value();
      add(mine, p, "two", in_place).value();
      ::kill(::getpid(), SIGKILL);
      return "it lived";
    });
    REQUIRE(crashed.was_killed());
  }

  void session(const std::string& name) {
    auto kb = open(p);
    auto mine = kb.acquire().value();
    add(mine, p, name, in_place).value();
  }
  void move_away(const std::string& to = "away") {
    each(database, to, [](auto& a, auto& b) { fs::rename(a, b); });
  }
  void move_back(const std::string& from = "away") {
    for (const auto* s : suffixes) {
      const auto here = p / (std::string(database) + s);
      const auto there = elsewhere / (from + s);
      if (fs::exists(here)) fs::remove(here);
      if (fs::exists(there)) fs::rename(there, here);
    }
  }
  void copy_to(const std::string& to) {
    each(database, to, [](auto& a, auto& b) { fs::copy_file(a, b); });
  }

  // What a drain must not touch: everything but the database and the marker.
  [[nodiscard]] cp::testing::tree_image look() const {
    cp::testing::tree_options but{.ignored = {".commitpoint/blocked", ".commitpoint/lock"},
                                  .ignore_directory_times = true};
    for (const auto* suffix : suffixes) but.ignored.push_back(database + std::string(suffix));
    return cp::testing::read_tree(p.root(), but).value();
  }

 private:
  template <class F>
  void each(const std::string& here, const std::string& there, F f) {
    for (const auto* s : suffixes) {
      const auto from = p / (here + s);
      const auto to = elsewhere / (there + s);
      if (fs::exists(from)) f(from, to);
    }
  }
};

struct loss {
  const char* what;
  std::function<void(crashed_tree&)> lose;
  const char* said;
};

const std::vector<loss> losses{
    {"moved away", [](crashed_tree& t) { t.move_away(); }, "is not there"},
    {"made anew",
     [](crashed_tree& t) {
       t.move_away();
       support::connection(t.p / database).run("PRAGMA journal_mode = WAL; CREATE TABLE docs(n)");
     },
     "another database"},
    {"an empty file",
     [](crashed_tree& t) {
       t.move_away();
       support::write_file(t.p / database, "");
     },
     "another database"},
    {"the database of another root",
     [](crashed_tree& t) {
       t.move_away();
       const crashed_tree other(cp::step::none);
       for (const auto* s : suffixes) {
         const auto from = other.p / (std::string(database) + s);
         if (fs::exists(from)) fs::copy_file(from, t.p / (std::string(database) + s));
       }
     },
     "another database"},
};

}  // namespace

TEST_CASE("A1: a database that is not there decides nothing, and the same one decides rightly when it is back") {
  for (const bool in_place : {false, true}) {
    for (const auto at : {cp::step::publish, cp::step::none}) {
      for (const auto& l : losses) {
        CAPTURE(in_place);
        CAPTURE(l.what);
        crashed_tree tree(at, in_place);
        l.lose(tree);
        const auto before = tree.look();
        auto kb = open(tree.p);
        for (int i = 0; i < 2; ++i) {
          const auto blocked = kb.acquire();
          REQUIRE_FALSE(blocked);
          CHECK(blocked.error() == errc::needs_repair);
          CHECK_MESSAGE(blocked.error().message().find(l.said) != std::string::npos, blocked.error().message());
          CHECK(blocked.error().message().find(database) != std::string::npos);
          CHECK(kb.read().error() == errc::needs_repair);
          CHECK(kb.pending().value().blocked);
          CHECK(cp::testing::difference_text(before, tree.look()).empty());
        }
        tree.move_back();
        CHECK_FALSE(kb.pending().value().blocked);
        auto mine = kb.acquire().value();
        CHECK(support::read_file(tree.p / "file") == "two");
        CHECK(rows(tree.p) == "one,two");
        CHECK(support::leftovers(tree.p.root()).empty());
        CHECK(add(mine, tree.p, "three", in_place));
      }
    }
  }
}

TEST_CASE("A1: a reader goes on by itself when the database is back") {
  crashed_tree tree(cp::step::publish);
  tree.move_away();
  auto kb = open(tree.p);
  CHECK(kb.read().error() == errc::needs_repair);
  tree.move_back();
  auto reader = kb.read();
  REQUIRE(reader);
  CHECK(support::read_file(tree.p / "file") == "two");
}

TEST_CASE("A1: an older copy of the database is found out where the log knows of a newer commit") {
  for (const bool in_place : {false, true}) {
    crashed_tree tree(cp::step::none, in_place);  // "two" was acknowledged, and published
    tree.move_away();
    tree.move_back("older");
    const auto before = tree.look();
    auto kb = open(tree.p);
    const auto blocked = kb.acquire();
    REQUIRE_FALSE(blocked);
    CHECK(blocked.error() == errc::needs_repair);
    CHECK_MESSAGE(blocked.error().message().find("older copy") != std::string::npos, blocked.error().message());
    CHECK(cp::testing::difference_text(before, tree.look()).empty());
  }
}

TEST_CASE("A1: the same after the log was begun anew") {
  crashed_tree tree(cp::step::publish);
  {
    auto kb = open(tree.p);  // a drain, which begins a generation
    CHECK(kb.acquire().value().recovered().mutations.size() == 1);
  }
  fs::remove(tree.p / ".commitpoint/lock");  // and with it the mark
  tree.move_away();
  tree.move_back("older");
  auto kb = open(tree.p);
  CHECK(kb.acquire().error() == errc::needs_repair);
}

TEST_CASE("A1: a settled tree is asked for its database all the same") {
  for (const auto& l : losses) {
    CAPTURE(l.what);
    crashed_tree tree(cp::step::none);
    tree.session("three");  // drains, and leaves a mark
    l.lose(tree);
    auto kb = open(tree.p);
    CHECK(kb.acquire().error() == errc::needs_repair);
    tree.move_back();
    CHECK(kb.acquire());
    CHECK(rows(tree.p) == "one,two,three");
  }
}

TEST_CASE("A1: an older copy that was written over the database of a settled tree is refused by the next mutation") {
  crashed_tree tree(cp::step::none);
  tree.session("three");
  fs::copy_file(tree.p / database, tree.elsewhere / "right");
  fs::copy_file(tree.elsewhere / "older", tree.p / database, fs::copy_options::overwrite_existing);  // the same inode
  auto kb = open(tree.p);
  {
    auto mine = kb.acquire();
    if (mine) {
      const auto refused = add(mine.value(), tree.p, "four", false);
      REQUIRE_FALSE(refused);
      CHECK(refused.error() == errc::needs_repair);
      CHECK(refused.error().message().find("older copy") != std::string::npos);
      CHECK(mine.value().release());
    }
  }
  CHECK(support::read_file(tree.p / "file") == "three");
  const auto blocked = kb.acquire();  // who can be told what to accept
  REQUIRE_FALSE(blocked);
  CHECK(blocked.error() == errc::needs_repair);
  fs::copy_file(tree.elsewhere / "right", tree.p / database, fs::copy_options::overwrite_existing);
  CHECK(kb.acquire());
}

TEST_CASE("A1: who gives the database up accepts, and goes on with another one") {
  for (const auto& l : losses) {
    CAPTURE(l.what);
    crashed_tree tree(cp::step::publish, true);
    l.lose(tree);
    auto kb = open(tree.p);
    CHECK(kb.acquire().error() == errc::needs_repair);
    const auto id = kb.pending().value().blocked->id;
    const auto settled = kb.accept(id);
    REQUIRE(settled);
    CHECK(settled.value().blocked->id == id);
    CHECK(fs::exists(tree.p / settled.value().blocked->evidence / "journal.0"));
    CHECK(support::read_file(tree.p / "file") == "two");  // as it stood
    {
      auto mine = kb.acquire().value();
      CHECK(mine.recovered().empty());
      const auto made = mine.run({}, [](auto& m) {
        return m.enlist(
            [](sqlite3* d) { return run(d, "CREATE TABLE IF NOT EXISTS docs(n); INSERT INTO docs VALUES('new')"); });
      });
      CHECK_MESSAGE(made, made.error().message());
    }
    // From now on it is this one.
    tree.move_away("second");
    CHECK(kb.acquire().error() == errc::needs_repair);
    tree.move_back("second");
    CHECK(kb.acquire());
  }
}

TEST_CASE("A12: a database that is replaced under its owner is noticed before anything is enlisted or committed") {
  const auto replace_by_another = [](crashed_tree& t) {
    support::connection(t.elsewhere / "other").run("PRAGMA journal_mode = WAL; CREATE TABLE docs(n)");
    fs::rename(t.elsewhere / "other", t.p / database);
  };
  const auto remove_log = [](crashed_tree& t) { fs::remove(t.p / (database + std::string("-wal"))); };
  const auto remove_index = [](crashed_tree& t) { fs::remove(t.p / (database + std::string("-shm"))); };
  const std::vector<std::pair<const char*, std::function<void(crashed_tree&)>>> ways{
      {"renamed over", replace_by_another},
      {"removed", [](crashed_tree& t) { t.move_away(); }},
      {"its log removed", remove_log},
      {"its index removed", remove_index}};
  for (const auto& way : ways) {
    const auto* const what = way.first;
    const auto& replace = way.second;
    for (const bool in_body : {false, true}) {
      for (const bool enlists : {false, true}) {
        CAPTURE(what);
        CAPTURE(in_body);
        CAPTURE(enlists);
        crashed_tree tree(cp::step::none);
        auto kb = open(tree.p);
        auto mine = kb.acquire().value();
        add(mine, tree.p, "three", false).value();
        if (!in_body) replace(tree);
        const auto refused = mine.run({}, [&](auto& m) -> cp::result<void> {
          if (enlists) {
            BOOST_OUTCOME_TRYV(insert(m, "four"));
          }
          if (in_body) replace(tree);
          return m.write("file", "four");
        });
        REQUIRE_FALSE(refused);
        CHECK(refused.error() == errc::drifted);
        CHECK(refused.error().outcome() == cp::outcome::rolled_back);
        CHECK_MESSAGE(refused.error().message().find(database) != std::string::npos, refused.error().message());
        CHECK(support::read_file(tree.p / "file") == "three");
      }
    }
  }
}

TEST_CASE("A12: a connection whose database is back in its place goes on") {
  crashed_tree tree(cp::step::none);
  auto kb = open(tree.p);
  auto mine = kb.acquire().value();
  add(mine, tree.p, "three", false).value();
  tree.move_away();
  CHECK(add(mine, tree.p, "four", false).error() == errc::drifted);
  tree.move_back();
  CHECK(add(mine, tree.p, "five", false));
  CHECK(rows(tree.p) == "one,two,three,five");
}

namespace {

// What may be set on a connection, by SQL.
const std::vector<const char*> settings{"PRAGMA query_only = ON",
                                        "PRAGMA Locking_Mode = EXCLUSIVE",
                                        "PRAGMA busy_timeout = 0",
                                        "PRAGMA recursive_triggers = ON",
                                        "PRAGMA ignore_check_constraints = ON",
                                        "PRAGMA writable_schema = ON",
                                        "PRAGMA wal_autocheckpoint = 0",
                                        "PRAGMA cache_size = 3",
                                        "PRAGMA defer_foreign_keys = ON",
                                        "PRAGMA foreign_keys = ON",
                                        "PRAGMA temp_store = MEMORY"};

std::string asked(coordinator::owner_type& mine, const std::string& sql) {
  std::string answer;
  mine.run({},
           [&](auto& m) {
             return m.enlist([&](sqlite3* d) -> cp::result<void> {
               sqlite3_stmt* row = nullptr;
               if (sqlite3_prepare_v2(d, sql.c_str(), -1, &row, nullptr) != SQLITE_OK) return cp::sqlite_failure(d);
               if (sqlite3_step(row) == SQLITE_ROW) {
                 answer = reinterpret_cast<const char*>(sqlite3_column_text(row, 0));
               }
               sqlite3_finalize(row);
               return cp::success();
             });
           })
      .value();
  return answer;
}

}  // namespace

TEST_CASE("A27: what is set on the connection inside enlist is gone with the mutation, also when that fails") {
  for (const std::string set : settings) {
    for (const auto how : {"succeeds", "fails", "throws", "fails in a savepoint"}) {
      CAPTURE(set);
      CAPTURE(how);
      crashed_tree tree(cp::step::none);
      auto kb = open(tree.p);
      auto mine = kb.acquire().value();
      const auto name = set.substr(0, set.find(" ="));
      const auto usual = asked(mine, name);
      const auto body = [&](auto& m) -> cp::result<void> {
        return m.enlist([&](sqlite3* d) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(run(d, set));
          if (how == std::string("throws")) throw std::runtime_error("enough");
          if (how != std::string("succeeds")) return std::make_error_code(std::errc::io_error);
          return cp::success();
        });
      };
      if (how == std::string("throws")) {
        CHECK_THROWS_AS((void)mine.run({}, body), std::runtime_error);
      } else if (how == std::string("fails in a savepoint")) {
        CHECK(mine.run({}, [&](auto& m) -> cp::result<void> {
          CHECK_FALSE(m.savepoint([&](auto& s) { return body(s); }));
          return insert(m, "behind it");
        }));
      } else {
        CHECK(static_cast<bool>(mine.run({}, body)) == (how == std::string("succeeds")));
      }
      CHECK(asked(mine, name) == usual);
      CHECK(support::connection(tree.p / database).run("INSERT INTO docs VALUES('a stranger''s')") == SQLITE_OK);
      CHECK(add(mine, tree.p, "three", false));
      CHECK(support::read_file(tree.p / "file") == "three");
      CHECK(rows(tree.p).ends_with("three"));
    }
  }
}

TEST_CASE("A27: a COMMIT is as durable as it has to be, whatever was enlisted") {
  for (const auto* set : {"PRAGMA synchronous = OFF", "PRAGMA journal_mode = MEMORY", "PRAGMA journal_mode = OFF"}) {
    CAPTURE(set);
    crashed_tree tree(cp::step::none);
    auto kb = open(tree.p);
    auto mine = kb.acquire().value();
    (void)mine.run({}, [&](auto& m) -> cp::result<void> { return m.enlist([&](sqlite3* d) { return run(d, set); }); });
    CHECK(asked(mine, "PRAGMA synchronous") == "2");
    CHECK(asked(mine, "PRAGMA journal_mode") == "wal");
  }
}

TEST_CASE(
    "A27: hooks, and what is temporary, cannot keep the commit record out of its table, nor outlive the mutation") {
  const std::vector<std::pair<const char*, std::function<cp::result<void>(sqlite3*)>>> ways{
      {"a temporary table of its name",
       [](sqlite3* d) {
         return run(d,
                    "CREATE TEMP TABLE commitpoint_commits(instance, mutation, generation, record); "
                    "CREATE TEMP TABLE commitpoint_database(id)");
       }},
      {"an authorizer",
       [](sqlite3* d) -> cp::result<void> {
         sqlite3_set_authorizer(
             d, [](void*, int, const char*, const char*, const char*, const char*) { return SQLITE_DENY; }, nullptr);
         return cp::success();
       }},
      {"a progress handler",
       [](sqlite3* d) -> cp::result<void> {
         sqlite3_progress_handler(
             d, 1, [](void*) { return 1; }, nullptr);
         return cp::success();
       }},
      {"a commit hook", [](sqlite3* d) -> cp::result<void> {
         sqlite3_commit_hook(
             d, [](void*) { return 1; }, nullptr);
         return cp::success();
       }}};
  for (const auto& way : ways) {
    const auto* const what = way.first;
    CAPTURE(what);
    crashed_tree tree(cp::step::none);
    support::child crashed([&, &meddle = way.second]() -> std::string {
      auto kb = open(tree.p, cp::step::publish);
      auto mine = kb.acquire().value();
      auto done = mine.run({}, [&](auto& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(insert(m, "three"));
        BOOST_OUTCOME_TRYV(m.enlist([&](sqlite3* d) { return meddle(d); }));
        return m.write("file", "three");
      });
      return done ? "it was not killed" : done.error().message();
    });
    const auto answer = crashed.answer();
    CHECK_MESSAGE(answer.find("killed by signal") != std::string::npos, answer);
    auto kb = open(tree.p);
    auto mine = kb.acquire().value();
    CHECK(support::read_file(tree.p / "file") == "three");
    CHECK(rows(tree.p) == "one,two,three");
  }
}

TEST_CASE("A27: a trigger that keeps the commit record out of its table fails the mutation") {
  for (const std::string kind : {"", "TEMP "}) {
    CAPTURE(kind);
    crashed_tree tree(cp::step::none);
    auto kb = open(tree.p);
    auto mine = kb.acquire().value();
    const auto refused = mine.run({}, [&](auto& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.enlist([&](sqlite3* d) {
        return run(d, "CREATE " + kind +
                          "TRIGGER t BEFORE INSERT ON main.commitpoint_commits BEGIN SELECT "
                          "RAISE(IGNORE); END");
      }));
      return m.write("file", "three");
    });
    REQUIRE_FALSE(refused);
    CHECK(refused.error().outcome() == cp::outcome::rolled_back);
    CHECK(support::read_file(tree.p / "file") == "two");
    CHECK(add(mine, tree.p, "four", false));
  }
}
