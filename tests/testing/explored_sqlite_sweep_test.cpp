// The combinations with `journal::sqlite`, and what enlists rows.

#include "explored_sqlite.hpp"

#include "explored_policies.hpp"
#include "shapes.hpp"
#include "tangled_shapes.hpp"

#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/sqlite/connection.hpp>
#include <commitpoint/sqlite/database.hpp>
#include <commitpoint/sqlite/vfs.hpp>

#include <sys/stat.h>

#include <memory>
#include <new>
#include <stdexcept>
#include <string>

namespace explored {

namespace {

using database_system = cp::system::with_sqlite<system>;

// The journal in the registry; it may lie.
struct row_journal {
  using kind = cp::kind::journal;
  using mutation_type = cp::enlisting_mutation;
  cp::journal::sqlite honest;

  [[nodiscard]] cp::result<std::unique_ptr<cp::journal::backend>> open(const cp::journal::place& where) const {
    BOOST_OUTCOME_TRY(auto opened, honest.open(where));
    return std::make_unique<mistaken_journal>(where, std::move(opened));
  }
};

template <class Durability>
using row_coordinator =
    cp::coordinator<database_system, cp::testing::progress_watch, snapshot, row_journal, publish, Durability>;

// A database that is written in place, beside the registry.
constexpr const char* other_database = "db/other.db";

template <class Durability>
cp::testing::explored_program with_rows(const combination& c) {
  return cp::testing::program_for<row_coordinator<Durability>>(
      c.name(), snapshot(c.snapshot), row_journal{{.database = registry, .preallocate = 4096}}, publish(c.publish));
}

// What stands in a database, as a new process finds it.
std::string rows_in(const cp::system::simulation::world& disks, const std::string& plain) {
  const cp::system::with_sqlite<cp::system::simulated> machine(disks);
  const auto file = std::string(cp::testing::explored_root) + "/" + plain;
  auto opened = cp::detail::sqlite_database::open(file, plain, false, {}, machine.database_vfs());
  if (!opened) throw std::runtime_error(opened.error().message());
  auto& database = opened.value();
  database.checkpoint_on_close(false);
  const auto sound = database.ask("PRAGMA integrity_check").value();
  if (sound != "ok") return sound;  // F33
  if (database.ask("SELECT count(*) FROM sqlite_schema WHERE name = 'documents'").value() == "0") return {};
  return database.ask("SELECT coalesce(group_concat(name), '') FROM (SELECT name FROM documents ORDER BY name)")
      .value();
}

void compare_rows(cp::testing::tree_image& image, const cp::system::simulation::world& disks) {
  for (const std::string plain : {registry, other_database}) {
    const auto name = "tree/" + plain;
    std::string rows;
    if (image.has(name)) rows = rows_in(disks, plain);
    for (const auto suffix : cp::detail::sqlite_connection::suffixes) {
      image.entries.erase(name + std::string(suffix));
    }
    // No database, none with the table in it, and none with a row in that are the same to the application.
    if (!rows.empty()) image.entries[name] = {.mode = S_IFREG, .size = rows.size(), .content = rows};
  }
}

cp::result<void> insert(cp::mutation& m, const char* name) {
  return static_cast<cp::enlisting_mutation&>(m).enlist([name](sqlite3* d) -> cp::result<void> {
    const auto sql =
        std::string("CREATE TABLE IF NOT EXISTS documents(name TEXT); INSERT INTO documents VALUES('") + name + "')";
    if (sqlite3_exec(d, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return cp::sqlite_failure(d);
    return cp::success();
  });
}

// A document is a row, a file and a line of the log.
cp::result<void> add(cp::mutation& m, const char* name) {
  BOOST_OUTCOME_TRYV(m.write(std::string("notes/") + name + ".md", name));
  BOOST_OUTCOME_TRYV(m.append("log.md", std::string(name) + "\n"));
  return insert(m, name);
}

// The bytes of a database with this in it.
std::string database_of(const char* sql) {
  struct close {
    void operator()(sqlite3* d) const noexcept { sqlite3_close(d); }
    void operator()(unsigned char* bytes) const noexcept { sqlite3_free(bytes); }
  };
  sqlite3* raw = nullptr;
  if (sqlite3_open(":memory:", &raw) != SQLITE_OK) throw std::bad_alloc();
  const std::unique_ptr<sqlite3, close> made(raw);
  if (sqlite3_exec(raw, sql, nullptr, nullptr, nullptr) != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(raw));
  sqlite3_int64 size = 0;
  const std::unique_ptr<unsigned char, close> bytes(sqlite3_serialize(raw, "main", &size, 0));
  return {bytes.get(), bytes.get() + size};
}

// Somebody's own connection to a database that was touched, on the disk that the registry is on.
cp::result<void> change_other(cp::mutation& m, const char* sql) {
  return static_cast<cp::enlisting_mutation&>(m).enlist([&](sqlite3* d) -> cp::result<void> {
    sqlite3_vfs* door = nullptr;
    sqlite3_file_control(d, "main", SQLITE_FCNTL_VFS_POINTER, static_cast<void*>(&door));
    const auto file = std::string(cp::testing::explored_root) + "/" + other_database;
    BOOST_OUTCOME_TRY(auto opened, cp::detail::sqlite_database::open(file, other_database, true, {}, door->zName));
    sqlite3_limit(opened.get(), SQLITE_LIMIT_ATTACHED, 1);  // VACUUM needs it
    return opened.execute(sql);
  });
}

// A database that is there, or is not yet, and is written in place by a program of its own.
cp::testing::exploration database_in_place(const std::string& name, const char* before, const char* change,
                                           bool fails) {
  auto what = shapes::shape(shapes::named(name.c_str(), fails),
                            {shapes::one([change, fails](cp::mutation& m, cp::system::hand&) -> cp::result<void> {
                              BOOST_OUTCOME_TRYV(m.protect(cp::touch::sqlite(other_database)));
                              BOOST_OUTCOME_TRYV(change_other(m, change));
                              BOOST_OUTCOME_TRYV(m.write("notes/row.md", "a row\n"));
                              return shapes::end(fails);
                            })});
  if (before != nullptr) {
    what.build = [bytes = database_of(before), build = std::move(what.build)](cp::system::hand& h) {
      build(h);
      h.make_directory("db");
      h.write(other_database, bytes);
    };
  }
  return what;
}

}  // namespace

cp::testing::explored_program program_with_rows(const combination& c) {
  if (c.settles_later) return settled_by(with_rows<later_durability>(c), with_rows<durability>(c));
  return c.survives_power_loss ? with_rows<durability>(c) : with_rows<cp::durability::process_crash>(c);
}

cp::testing::exploration with_registry(cp::testing::exploration what) {
  what.build = [build = std::move(what.build)](cp::system::hand& h) {
    build(h);
    if (!h.exists("db")) h.make_directory("db");
  };
  what.ignored_times.emplace_back("db");
  what.look = compare_rows;
  return what;
}

std::vector<cp::testing::exploration> rows_and_files() {
  using shapes::one;
  using shapes::with_work;
  const auto document = [](const char* name) {
    return one([name](cp::mutation& m, cp::system::hand&) { return add(m, name); });
  };
  std::vector<cp::testing::exploration> all;
  all.push_back(shapes::shape("enlisted rows", {document("one"), document("two")}));
  all.push_back(shapes::shape("mixed rows", {with_work([](cp::mutation& m, cp::system::hand& h) -> cp::result<void> {
                                               BOOST_OUTCOME_TRYV(insert(m, "in place"));
                                               BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("raw.bin")));
                                               shapes::put_over(h, "raw.bin", "in place");
                                               return insert(m, "again");
                                             }),
                                             document("three")}));
  all.push_back(shapes::shape("rows of a savepoint", {one([](cp::mutation& m, cp::system::hand&) -> cp::result<void> {
                                BOOST_OUTCOME_TRYV(add(m, "outer"));
                                auto& enlisting = static_cast<cp::enlisting_mutation&>(m);
                                const auto inner = enlisting.savepoint([](auto& s) -> cp::result<void> {
                                  BOOST_OUTCOME_TRYV(add(s, "inner"));
                                  return shapes::give_up();
                                });
                                if (inner) return cp::errc::outcome_unknown;
                                return add(m, "last");
                              })}));
  all.push_back(shapes::shape("rows, failing", {one([](cp::mutation& m, cp::system::hand&) -> cp::result<void> {
                                BOOST_OUTCOME_TRYV(add(m, "never"));
                                return shapes::give_up();
                              })}));
  for (const bool fails : {false, true}) {
    constexpr auto* table = "CREATE TABLE documents(name TEXT)";
    constexpr auto* insert_one = "INSERT INTO documents VALUES('one')";
    constexpr auto* with_log =
        "PRAGMA page_size = 1024; VACUUM; PRAGMA journal_mode = WAL; INSERT INTO documents VALUES('one')";
    all.push_back(database_in_place("database in place", table, insert_one, fails));
    all.push_back(database_in_place("database in place, with a log", table, with_log, fails));
    all.push_back(database_in_place("new database", nullptr,
                                    "CREATE TABLE documents(name TEXT); INSERT INTO documents VALUES('one')", fails));
  }
  for (auto& what : all) what = with_registry(std::move(what));
  // The database is moved away, with what SQLite keeps beside it: an application has unmounted it, say.
  for (auto& what : all) {
    if (what.name.find("rows") == std::string::npos) continue;
    for (const auto suffix : cp::detail::sqlite_connection::suffixes)
      what.absent.push_back(registry + std::string(suffix));
  }
  return all;
}

}  // namespace explored
