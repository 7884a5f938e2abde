#include "support/database.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <csignal>
#include <stdexcept>
#include <string>
#include <system_error>

namespace cp = commitpoint;
using support::place;
using support::tree;
using system_type = cp::system::faulty<cp::system::native>;
using coordinator = cp::coordinator<cp::journal::sqlite, system_type>;

namespace {

const tree start{{"log", "one\n"}};

void make_registry(const place& p) {
  REQUIRE(support::connection(p / "registry.db").run("PRAGMA journal_mode = WAL; CREATE TABLE documents(name TEXT)") ==
          SQLITE_OK);
}
std::string documents(const place& p) {
  support::connection other(p / "registry.db");
  CHECK(other.ask("PRAGMA integrity_check") == "ok");  // F33
  return other.ask("SELECT name || ',' FROM documents ORDER BY rowid");
}
coordinator open(const place& p, system_type system = {}) {
  return coordinator::open(p.root(), {}, cp::journal::sqlite{.database = "registry.db"}, std::move(system)).value();
}

cp::result<void> insert(cp::enlisting_mutation& m, const std::string& name) {
  return m.enlist([&](sqlite3* d) -> cp::result<void> {
    const auto sql = "INSERT INTO documents VALUES('" + name + "')";
    if (sqlite3_exec(d, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return cp::sqlite_failure(d);
    return cp::success();
  });
}
cp::result<void> fails() { return cp::failure(std::make_error_code(std::errc::owner_dead)); }

// A document is a row and a line of the log.
cp::result<void> add(cp::enlisting_mutation& m, const std::string& name) {
  BOOST_OUTCOME_TRYV(m.append("log", name + ","));
  return insert(m, name);
}

// a, c and d stay; b and e do not, nor do the inner parts that fail.
cp::result<void> batch(cp::enlisting_mutation& m, bool enlisted_before) {
  if (enlisted_before) {
    BOOST_OUTCOME_TRYV(add(m, "a"));
  }
  (void)m.savepoint([](auto& n) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(add(n, "b"));
    return fails();
  });
  BOOST_OUTCOME_TRYV(m.savepoint([](cp::enlisting_mutation& n) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(add(n, "c"));
    (void)n.savepoint([](auto& x) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(add(x, "x"));
      BOOST_OUTCOME_TRYV(x.savepoint([](auto& y) { return add(y, "y"); }));
      return fails();
    });
    return n.savepoint([](auto& x) { return add(x, "d"); });
  }));
  try {
    (void)m.savepoint([](auto& n) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(add(n, "e"));
      throw std::runtime_error("thrown");
    });
  } catch (const std::runtime_error&) {}
  return cp::success();
}

}  // namespace

TEST_CASE("F31: rows that were enlisted in a savepoint that failed are undone with its files, and no others") {
  for (const bool before : {true, false}) {
    for (const bool commits : {true, false}) {
      CAPTURE(before);
      CAPTURE(commits);
      const place p(start);
      make_registry(p);
      {
        auto kb = open(p);
        auto owner = kb.acquire().value();
        const auto done = owner.run({}, [&](auto& m) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(batch(m, before));
          CHECK(support::connection(p / "registry.db").ask("SELECT count(*) FROM documents") == "0");
          if (!commits) return fails();
          return cp::success();
        });
        CHECK_MESSAGE(static_cast<bool>(done) == commits, (done ? "success" : done.error().message()));
        CHECK(owner.run({}, [](auto& m) { return m.savepoint([](auto& n) { return add(n, "later"); }); }));
      }
      const std::string wanted = std::string(commits ? (before ? "a,c,d," : "c,d,") : "") + "later,";
      CHECK(documents(p) == wanted);
      CHECK(support::read_file(p / "log") == "one\n" + wanted);
    }
  }
}

TEST_CASE("a transaction that was first opened in a savepoint is abandoned with it, so that others can write") {
  const place p(start);
  make_registry(p);
  auto kb = open(p);
  auto owner = kb.acquire().value();
  CHECK(owner.run({}, [&](auto& m) -> cp::result<void> {
    CHECK_FALSE(m.savepoint([&](auto& n) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(insert(n, "inner"));
      CHECK(support::connection(p / "registry.db").run("INSERT INTO documents VALUES('busy')") == SQLITE_BUSY);
      return fails();
    }));
    CHECK(support::connection(p / "registry.db").run("INSERT INTO documents VALUES('stranger')") == SQLITE_OK);
    return add(m, "after");
  }));
  CHECK(documents(p) == "stranger,after,");
}

TEST_CASE("a failing enlist poisons its savepoint only; when the whole transaction is lost, the mutation is") {
  const place p(start);
  make_registry(p);
  auto kb = open(p);
  auto owner = kb.acquire().value();
  CHECK(owner.run({}, [&](auto& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(add(m, "a"));
    const auto inner = m.savepoint([](auto& n) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(add(n, "b"));
      (void)n.enlist([](sqlite3*) { return fails(); });
      CHECK_FALSE(n.write("new", ""));
      return cp::success();
    });
    CHECK(inner.error() == std::errc::owner_dead);
    return add(m, "c");
  }));
  CHECK(documents(p) == "a,c,");
  const auto lost = owner.run({}, [&](auto& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(add(m, "d"));
    (void)m.savepoint([](auto& n) {
      return n.enlist([](sqlite3* d) -> cp::result<void> {
        sqlite3_exec(d, "ROLLBACK", nullptr, nullptr, nullptr);
        return cp::success();
      });
    });
    (void)add(m, "e");
    return cp::success();
  });
  CHECK(lost.error() == cp::errc::unsupported);
  CHECK(documents(p) == "a,c,");
  CHECK(support::read_file(p / "log") == "one\na,c,");
  CHECK(owner.run({}, [](auto& m) { return add(m, "f"); }));
  CHECK(documents(p) == "a,c,f,");
}

TEST_CASE("F31: killed before any change of a batch of savepoints with rows: rows and files, both or neither") {
  std::uint64_t n = 1;
  for (bool through = false; !through; ++n) {
    CAPTURE(n);
    const place p(start);
    make_registry(p);
    support::child dead([&]() -> std::string {
      system_type system;
      auto kb = open(p, system);
      auto owner = kb.acquire().value();
      system.arm({.nth = n, .effect = cp::system::fault::ends_process, .only_changes = true});
      const auto done = owner.run({.touches = {cp::touch::appended("log")}}, [](auto& m) { return batch(m, true); });
      if (!done) return done.error().message();
      return owner.release() ? "" : "not released";
    });
    const auto answer = dead.answer();
    through = answer.empty();
    CHECK((through || answer == "killed by signal " + std::to_string(SIGKILL)));
    auto kb = open(p);
    CHECK(kb.acquire());
    const auto rows = documents(p);
    CHECK((rows.empty() ? !through : rows == "a,c,d,"));
    CHECK(support::read_file(p / "log") == "one\n" + rows);
  }
  const auto summary = "killed before every change up to " + std::to_string(n);
  MESSAGE(summary);
}

TEST_CASE("journal::sqlite: a mutation that wrote in place stays committed when the next one has settled it") {
  const place p(start);
  make_registry(p);
  auto kb = open(p);
  {
    auto owner = kb.acquire().value();
    REQUIRE(owner.run({.operation = "in place", .touches = {cp::touch::file("log")}},
                      [&](cp::enlisting_mutation& m) -> cp::result<void> {
                        BOOST_OUTCOME_TRYV(m.will_create("new"));
                        support::overwrite(p / "log", "changed in place\n");
                        support::write_file(p / "new", "tracked\n");
                        return insert(m, "a");
                      }));
    // Its commit record is a row, and that goes when this one comes; what could undo it stays in the log.
    REQUIRE(owner.run({.operation = "rows"}, [](cp::enlisting_mutation& m) { return insert(m, "b"); }));
  }
  CHECK(kb.pending().value().empty());
  const auto owner = kb.acquire();
  REQUIRE(owner);
  CHECK(owner.value().recovered().empty());
  CHECK(support::read_file(p / "log") == "changed in place\n");
  CHECK(support::read_file(p / "new") == "tracked\n");
  CHECK(documents(p) == "a,b,");
}
