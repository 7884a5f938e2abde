// Where the engine with `journal::sqlite` that is explored is compiled, and what enlists rows.

#include "explored_sqlite.hpp"

#include "explored_policies.hpp"
#include "shapes.hpp"

#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/system/sqlite_vfs.hpp>

#include <stdexcept>

namespace explored {

namespace {

using database_system = cp::system::with_sqlite<system>;
template <class Durability>
using row_coordinator =
    cp::coordinator<database_system, cp::testing::progress_watch, snapshot, cp::journal::sqlite, publish, Durability>;

template <class Durability>
cp::testing::explored_program with_rows(const combination& c) {
  return cp::testing::program_for<row_coordinator<Durability>>(
      c.name(), snapshot{.way = c.snapshot}, cp::journal::sqlite{.database = registry}, publish{.chosen = c.publish});
}

// What stands in the registry, as a new process finds it.
std::string rows_in(const cp::system::simulation::world& disks) {
  const cp::system::with_sqlite<cp::system::simulated> machine(disks);
  const auto file = std::string(cp::testing::explored_root) + "/" + registry;
  auto opened = cp::detail::sqlite_database::open(file, registry, false, {}, machine.database_vfs());
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
  const auto name = std::string("tree/") + registry;
  std::string rows;
  if (image.has(name)) rows = rows_in(disks);
  for (const auto suffix : cp::detail::sqlite_connection<cp::system::simulated>::suffixes) {
    image.entries.erase(name + std::string(suffix));
  }
  // No database, none with the table in it, and none with a row in that are the same to the application.
  if (!rows.empty()) image.entries[name] = {.size = rows.size(), .content = rows};
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

}  // namespace

cp::testing::explored_program program_with_rows(const combination& c) {
  return c.survives_power_loss ? with_rows<durability>(c) : with_rows<cp::durability::process_crash>(c);
}

cp::testing::exploration with_registry(cp::testing::exploration what) {
  what.build = [build = std::move(what.build)](cp::system::hand& h) {
    build(h);
    h.make_directory("db");
  };
  what.ignored_times.emplace_back("tree/db");
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
  for (auto& what : all) what = with_registry(std::move(what));
  return all;
}

}  // namespace explored
