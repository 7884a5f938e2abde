#include "support/database.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/detail/undo/database_tools.hpp>
#include <commitpoint/snapshot/sqlite.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <boost/filesystem/operations.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using support::connection;
using support::place;
using support::tree;
using coordinator = cp::coordinator<>;

namespace {

const std::string store = "d/store.db";

void make_store(const place& p, const std::string& mode) {
  REQUIRE(connection(p / store).run("PRAGMA journal_mode = " + mode +
                                    "; CREATE TABLE t(x); INSERT INTO t VALUES('old,')") == SQLITE_OK);
}
std::string rows(const place& p) {
  connection other(p / store);
  CHECK(other.ask("PRAGMA integrity_check") == "ok");  // F33
  return other.ask("SELECT x FROM t ORDER BY rowid");
}
void insert(const place& p, const std::string& text) {
  REQUIRE(connection(p / store).run("INSERT INTO t VALUES('" + text + "')") == SQLITE_OK);
}
cp::result<void> fails() { return cp::failure(std::make_error_code(std::errc::owner_dead)); }

cp::options impatient() { return {.database_busy_timeout = std::chrono::milliseconds(20)}; }

// Some thousand rows, which grow the database by many pages.
void fill(const place& p) {
  REQUIRE(connection(p / store).run("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                                    "INSERT INTO t SELECT hex(randomblob(100)) FROM n") == SQLITE_OK);
}

}  // namespace

TEST_CASE("a database that was touched is what it was after a rollback, and what was written after a commit") {
  for (const std::string mode : {"WAL", "DELETE"}) {
    CAPTURE(mode);
    const place p(tree{{"d", "/"}});
    make_store(p, mode);
    REQUIRE(::chmod((p / store).c_str(), 0640) == 0);
    auto owner = coordinator::open(p.root()).value().acquire().value();
    CHECK_FALSE(owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
      insert(p, "new,");
      fill(p);
      REQUIRE(connection(p / store).run("CREATE TABLE other(y); DELETE FROM t WHERE x = 'old,'") == SQLITE_OK);
      return fails();
    }));
    CHECK(rows(p) == "old,");
    CHECK(connection(p / store).ask("SELECT name FROM sqlite_master") == "t");
    CHECK(connection(p / store).ask("PRAGMA journal_mode") == (mode == "WAL" ? "wal" : "delete"));
    CHECK(support::mode(p / store) == 0640);
    CHECK(owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
      insert(p, "new,");
      return cp::success();
    }));
    CHECK(rows(p) == "old,new,");
    CHECK(owner.release());
    CHECK(support::leftovers(p.root()).empty());
    CHECK(support::shape(p.root()).size() == 2);  // nothing stands beside it
  }
}

TEST_CASE("F32: a database that is refused as a file keeps the locks that this process has on it") {
  const place p(tree{{"d", "/"}});
  make_store(p, "DELETE");
  connection mine(p / store);
  REQUIRE(mine.run("BEGIN IMMEDIATE; INSERT INTO t VALUES('mine,')") == SQLITE_OK);
  auto kb = coordinator::open(p.root()).value();
  for (const auto& touch : {cp::touch::file(store), cp::touch::tree("d")}) {
    auto owner = kb.acquire().value();
    const auto done = owner.run({.touches = {touch}}, [](cp::mutation&) -> cp::result<void> { return cp::success(); });
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::unsupported);
  }
  support::child other([&]() -> std::string {
    return connection(p / store).run("BEGIN IMMEDIATE") == SQLITE_BUSY ? "" : "it is locked by nobody";
  });
  CHECK(other.answer() == "");
  REQUIRE(mine.run("COMMIT") == SQLITE_OK);
}

TEST_CASE("F32: a database is restored whatever the body did to its pages, its log, its mode or its bytes") {
  const std::string vacuum = "PRAGMA page_size = 8192; VACUUM; PRAGMA journal_mode = WAL; INSERT INTO t VALUES('new,')";
  struct row {
    std::string what;
    std::function<void(const std::string&)> damage;
    bool is_a_database;
  };
  const std::vector<row> table{
      {"other pages, and a log", [&](auto& file) { REQUIRE(connection(file).run(vacuum) == SQLITE_OK); }, true},
      {"read-only", [](auto& file) { REQUIRE(::chmod(file.c_str(), 0444) == 0); }, true},
      {"truncated", [](auto& file) { REQUIRE(::truncate(file.c_str(), 4000) == 0); }, false},
      {"something else", [](auto& file) { support::overwrite(file, std::string(9000, 'x')); }, false},
  };
  for (const auto& r : table) {
    for (const bool dies : {false, true}) {
      CAPTURE(r.what);
      CAPTURE(dies);
      const place p(tree{{"d", "/"}});
      REQUIRE(connection(p / store).run("PRAGMA page_size = 1024; CREATE TABLE t(x); INSERT INTO t VALUES('old,')") ==
              SQLITE_OK);
      fill(p);
      const auto before = rows(p);
      REQUIRE(::chmod((p / store).c_str(), 0640) == 0);
      support::child other([&]() -> std::string {
        auto owner = coordinator::open(p.root()).value().acquire().value();
        const auto done = owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
          insert(p, "new,");
          r.damage((p / store).native());
          if (dies) ::_exit(0);
          return fails();
        });
        return !done && done.error() == std::errc::owner_dead ? "" : "not rolled back";
      });
      CHECK(other.answer() == "");
      {
        const auto owner = coordinator::open(p.root()).value().acquire();
        REQUIRE_MESSAGE(owner, owner.error().message());
        CHECK(owner.value().recovered().kept.size() == (dies ? 1 : 0));
      }
      CHECK(rows(p) == before);
      CHECK(support::mode(p / store) == 0640);
      if (!dies) CHECK(support::leftovers(p.root()).empty());
    }
  }
}

TEST_CASE("F32: other connections are open, one in the middle of a read: no corruption, and it keeps what it sees") {
  const place p(tree{{"d", "/"}});
  make_store(p, "WAL");
  connection open(p / store);
  connection reader(p / store);
  CHECK(open.ask("SELECT x FROM t") == "old,");
  auto owner = coordinator::open(p.root(), impatient()).value().acquire().value();
  CHECK_FALSE(owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
    insert(p, "new,");
    REQUIRE(reader.run("BEGIN") == SQLITE_OK);
    CHECK(reader.ask("SELECT x FROM t ORDER BY rowid") == "old,new,");
    fill(p);
    return fails();
  }));
  CHECK_FALSE(owner.dirty());
  CHECK(reader.ask("SELECT x FROM t ORDER BY rowid") == "old,new,");
  REQUIRE(reader.run("COMMIT") == SQLITE_OK);
  for (auto* other : {&reader, &open}) {
    CHECK(other->ask("PRAGMA integrity_check") == "ok");
    CHECK(other->ask("SELECT x FROM t ORDER BY rowid") == "old,");
  }
  CHECK(open.run("INSERT INTO t VALUES('later,')") == SQLITE_OK);
  CHECK(reader.ask("SELECT x FROM t ORDER BY rowid") == "old,later,");
}

TEST_CASE("F32: a database that is busy is a clear error: dirty, and undone by the next drain") {
  const place p(tree{{"d", "/"}});
  make_store(p, "WAL");
  auto kb = coordinator::open(p.root(), impatient()).value();
  connection writer(p / store);
  {
    auto owner = kb.acquire().value();
    const auto done = owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
      insert(p, "new,");
      REQUIRE(writer.run("BEGIN IMMEDIATE; INSERT INTO t VALUES('stranger,')") == SQLITE_OK);
      return fails();
    });
    CHECK(done.error() == errc::dirty_rollback);
    CHECK(done.error().message().find("busy") != std::string::npos);
    CHECK(done.error().path() == store);
  }
  CHECK(kb.acquire().error() == errc::dirty_rollback);
  REQUIRE(writer.run("ROLLBACK") == SQLITE_OK);
  CHECK(kb.acquire());
  CHECK(rows(p) == "old,");
  // A reader is in the way only where there is no write-ahead log.
  REQUIRE(writer.run("BEGIN IMMEDIATE") == SQLITE_OK);
  auto owner = kb.acquire().value();
  CHECK(owner.run({.touches = {cp::touch::sqlite(store)}}, [](cp::mutation&) { return fails(); }).error() ==
        errc::dirty_rollback);
}

TEST_CASE("F20: a drain restores a database, and keeps what it held when it differs") {
  for (const bool edited : {true, false}) {
    CAPTURE(edited);
    const place p(tree{{"d", "/"}});
    make_store(p, "WAL");
    support::child dead([&]() -> std::string {
      auto owner = coordinator::open(p.root()).value().acquire().value();
      (void)owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
        if (edited) insert(p, "new,");
        ::kill(::getpid(), SIGKILL);
        return cp::success();
      });
      return "it lives";
    });
    REQUIRE(dead.was_killed());
    auto kb = coordinator::open(p.root()).value();
    {
      const auto owner = kb.acquire().value();
      CHECK(rows(p) == "old,");
      REQUIRE(owner.recovered().kept.size() == (edited ? 1U : 0U));
      if (edited) {
        CHECK(owner.recovered().kept.front().path == store);
        CHECK(connection(p / owner.recovered().kept.front().place).ask("SELECT x FROM t ORDER BY rowid") == "old,new,");
      }
    }
    CHECK(kb.acquire().value().recovered().empty());
  }
}

TEST_CASE("without the header it is unsupported, and a drain that meets it leaves everything pending") {
  const place p(tree{{"d", "/"}, {"a", "old"}});
  make_store(p, "WAL");
  support::child dead([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    (void)owner.run({.touches = {cp::touch::file("a"), cp::touch::sqlite(store)}},
                    [&](cp::mutation&) -> cp::result<void> {
                      insert(p, "new,");
                      support::overwrite(p / "a", "new");
                      ::kill(::getpid(), SIGKILL);
                      return cp::success();
                    });
    return "it lives";
  });
  REQUIRE(dead.was_killed());
  // As in a program no source of which includes it.
  const auto tool = std::exchange(cp::detail::database_tool(), nullptr);
  auto kb = coordinator::open(p.root()).value();
  for (int i = 0; i < 2; ++i) {
    const auto refused = kb.acquire();
    CHECK(refused.error() == errc::unsupported);
    CHECK(refused.error().message().find("commitpoint/snapshot/sqlite.hpp") != std::string::npos);
    CHECK(refused.error().path() == store);
    CHECK(kb.pending().value().mutations.size() == 1);
    CHECK(support::read_file(p / "a") == "new");
  }
  const place fresh(tree{{"d", "/"}});
  make_store(fresh, "WAL");
  auto owner = coordinator::open(fresh.root()).value().acquire().value();
  const auto done = owner.run({.touches = {cp::touch::sqlite(store)}}, [](cp::mutation&) { return fails(); });
  CHECK(done.error() == errc::unsupported);
  CHECK(done.error().message().find("commitpoint/snapshot/sqlite.hpp") != std::string::npos);
  cp::detail::database_tool() = tool;
  CHECK(kb.acquire());
  CHECK(rows(p) == "old,");
  CHECK(support::read_file(p / "a") == "old");
}

TEST_CASE("F14: a saved database that is missing or altered is found before anything live is touched") {
  const place p(tree{{"d", "/"}});
  make_store(p, "WAL");
  support::child dead([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    (void)owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
      insert(p, "new,");
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lives";
  });
  REQUIRE(dead.was_killed());
  auto bytes = support::read_file(p / ".commitpoint/staging/m1/b0");
  bytes[bytes.size() / 2] ^= 1;
  support::overwrite(p / ".commitpoint/staging/m1/b0", bytes);
  CHECK(coordinator::open(p.root()).value().acquire().error() == errc::needs_repair);
  CHECK(rows(p) == "old,new,");
}

TEST_CASE("a database that is not there yet, one that is taken away, and what is none") {
  const place p(tree{{"d", "/"}, {"text", "no database"}, {"link", ">text"}});
  auto owner = coordinator::open(p.root()).value().acquire().value();
  CHECK_FALSE(owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
    make_store(p, "WAL");
    connection(p / store).ask("SELECT x FROM t");
    return fails();
  }));
  CHECK(support::shape(p.root()).size() == 3);
  make_store(p, "WAL");
  CHECK_FALSE(owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation&) -> cp::result<void> {
    support::fs::remove(p / store);
    return fails();
  }));
  CHECK(rows(p) == "old,");
  CHECK(owner.run({.touches = {cp::touch::sqlite("text")}}, [](cp::mutation&) { return fails(); }).error().code ==
        std::error_code(SQLITE_NOTADB, cp::sqlite_category()));
  CHECK(owner.run({.touches = {cp::touch::sqlite("d")}}, [](cp::mutation&) { return fails(); }).error() ==
        errc::not_a_regular_file);
  CHECK(owner.run({.touches = {cp::touch::sqlite("link")}}, [](cp::mutation&) { return fails(); }).error() ==
        errc::not_a_regular_file);
  // Everything else still refuses a database.
  CHECK(owner.run({.touches = {cp::touch::tree("d")}}, [](cp::mutation&) { return fails(); }).error() ==
        errc::unsupported);
  CHECK(owner.run({.touches = {cp::touch::file(store)}}, [](cp::mutation&) { return fails(); }).error() ==
        errc::unsupported);
  CHECK(rows(p) == "old,");
}

TEST_CASE("a database that is touched in a savepoint goes back to what it was when the savepoint touched it") {
  const place p(tree{{"d", "/"}});
  make_store(p, "WAL");
  auto owner = coordinator::open(p.root()).value().acquire().value();
  for (const bool commits : {false, true}) {
    const auto done = owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation& m) -> cp::result<void> {
      insert(p, "outer,");
      CHECK_FALSE(m.savepoint([&](auto& n) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(n.protect(cp::touch::sqlite(store)));
        insert(p, "inner,");
        return fails();
      }));
      CHECK(rows(p) == "old,outer,");
      if (!commits) return fails();
      return cp::success();
    });
    CHECK(static_cast<bool>(done) == commits);
    CHECK(rows(p) == (commits ? "old,outer," : "old,"));
  }
}

TEST_CASE("F1: killed before any change of a mutation that touches a database: what it was, or what was committed") {
  using system_type = cp::system::faulty<cp::system::native>;
  std::uint64_t n = 1;
  for (bool through = false; !through; ++n) {
    CAPTURE(n);
    const place p(tree{{"d", "/"}, {"a", "old"}});
    make_store(p, "WAL");
    support::child dead([&]() -> std::string {
      system_type system;
      auto owner = cp::coordinator<system_type>::open(p.root(), {}, system).value().acquire().value();
      system.arm({.nth = n, .effect = cp::system::fault::ends_process, .only_changes = true});
      const auto done = owner.run({.touches = {cp::touch::sqlite(store)}}, [&](cp::mutation& m) -> cp::result<void> {
        insert(p, "new,");
        return m.write("a", "new");
      });
      if (!done) return done.error().message();
      return owner.release() ? "" : "not released";
    });
    const auto answer = dead.answer();
    through = answer.empty();
    CHECK((through || answer == "killed by signal " + std::to_string(SIGKILL)));
    CHECK(coordinator::open(p.root()).value().acquire());
    const bool is_new = support::read_file(p / "a") == "new";
    CHECK((is_new || !through));
    CHECK(rows(p) == (is_new ? "old,new," : "old,"));
  }
}
