#include <commitpoint/sqlite/database.hpp>
#include <commitpoint/sqlite/vfs.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <doctest/doctest.h>

#include <boost/filesystem.hpp>

#include <cerrno>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace cp = commitpoint;
namespace sys = commitpoint::system;
namespace fs = boost::filesystem;

namespace {

using faulty = sys::faulty<sys::native>;

struct place {
  cp::testing::temporary_directory directory{};
  faulty system{};
  sys::sqlite_vfs vfs{std::make_shared<faulty>(system)};
  std::string file = (directory / "one.db").native();

  cp::result<cp::detail::sqlite_database> open() {
    return cp::detail::sqlite_database::open(file, "one.db", true, {}, vfs.name());
  }
  cp::result<std::string> rows() {
    BOOST_OUTCOME_TRY(auto database, open());
    return database.ask("SELECT count(*) || ' of ' || coalesce(max(length(text)), 0) FROM documents");
  }

  // As a process leaves it that is killed while its transaction writes to the database: the file is new in part, and
  // the journal beside it has what was there.
  void interrupt_a_transaction() {
    const auto writing = (directory / "writing.db").native();
    auto database = cp::detail::sqlite_database::open(writing, "writing.db", true, {}, vfs.name()).value();
    for (const auto* sql : {"CREATE TABLE documents(text)", "INSERT INTO documents VALUES('old')",
                            "CREATE TABLE others(text)", "PRAGMA cache_size = 1", "BEGIN",
                            "UPDATE documents SET text = 'newer'", "INSERT INTO others VALUES(zeroblob(100000))"}) {
      REQUIRE(database.execute(sql).has_value());
    }
    for (const auto* suffix : {"", "-journal"}) {
      fs::copy_file(writing + suffix, file + suffix);
    }
  }
};

}  // namespace

TEST_CASE("a database is written and read, and every call of it counts") {
  place p;
  auto database = p.open().value();
  REQUIRE(database.execute("CREATE TABLE documents(text); INSERT INTO documents VALUES('one')").has_value());
  CHECK(p.rows().value() == "1 of 3");
  CHECK(p.system.counts().of(sys::call::write) != 0);
  CHECK(p.system.counts().syncs() != 0);
}

TEST_CASE("what an interrupted transaction wrote is never believed, whichever call fails") {
  std::uint64_t calls = 0;
  {
    place p;
    p.interrupt_a_transaction();
    p.system.reset_counts();
    REQUIRE(p.rows().value() == "1 of 3");
    calls = p.system.counts().total;
  }
  std::uint64_t failed = 0;
  for (std::uint64_t nth = 1; nth <= calls; ++nth) {
    for (const std::uint64_t times : {1U, 4U}) {
      for (const auto only : {std::optional<sys::call>(), std::optional(sys::call::open_root)}) {
        place p;
        p.interrupt_a_transaction();
        p.system.reset_counts();
        p.system.arm({.nth = nth, .effect = sys::fault::fails, .error = EIO, .times = times, .only = only});
        const auto found = p.rows();
        CAPTURE(nth);
        CAPTURE(times);
        if (found) {
          CHECK(found.value() == "1 of 3");
        } else {
          ++failed;
        }
        if (p.system.counts().faults == 0) continue;
        p.system.disarm();
        CHECK(p.rows().value() == "1 of 3");
      }
    }
  }
  CHECK(failed != 0);
}
