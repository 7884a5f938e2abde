// The crash explorer on files and rows of one mutation: SQLite's own files are on the simulated disk, with all others.
// This one also has a mistake in it: what the tool writes in place is not protected, so that a crash leaves it there
// without its row.

#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/sqlite/vfs.hpp>
#include <commitpoint/testing/crash_explorer.hpp>
#include <commitpoint/testing/program_for.hpp>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>

namespace cp = commitpoint;

namespace {

constexpr const char* database = "db/registry.db";

using disk = cp::system::with_sqlite<cp::system::faulty<cp::system::simulated>>;
using packages = cp::coordinator<disk, cp::testing::progress_watch, cp::journal::sqlite>;

cp::result<void> add_row(sqlite3* db) {
  constexpr auto* sql = "CREATE TABLE IF NOT EXISTS packages(name TEXT); INSERT INTO packages VALUES('tea')";
  if (sqlite3_exec(db, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return cp::sqlite_failure(db, database);
  return cp::success();
}

cp::result<void> install(cp::mutation& m, cp::system::hand& tool, bool protects) {
  if (protects) {
    BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("cache")));
  }
  tool.write("cache", "coffee tea\n");
  BOOST_OUTCOME_TRYV(m.write("tea", "a package\n"));
  return static_cast<cp::enlisting_mutation&>(m).enlist(add_row);
}

// Puts the rows in the place of the bytes that SQLite keeps them in.
void look_at_rows(cp::testing::tree_image& image, const cp::system::simulation::world& disks) {
  const auto name = std::string("tree/") + database;
  std::string rows;
  if (image.has(name)) {
    const cp::system::with_sqlite<cp::system::simulated> machine(disks);
    sqlite3* raw = nullptr;
    const int opened = sqlite3_open_v2(("/" + name).c_str(), &raw, SQLITE_OPEN_READWRITE, machine.database_vfs());
    const std::unique_ptr<sqlite3, int (*)(sqlite3*)> db(raw, sqlite3_close);
    const auto take = [](void* all, int, char** row, char**) {
      *static_cast<std::string*>(all) += row[0];
      return 0;
    };
    if (opened != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(raw));
    sqlite3_exec(raw, "SELECT name FROM packages", take, &rows, nullptr);  // there may be no table yet
  }
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) image.entries.erase(name + suffix);
  if (!rows.empty()) image.entries[name] = {.size = rows.size(), .content = rows};
}

bool survives(const char* name, bool protects) {
  cp::testing::exploration what;
  what.name = name;
  what.build = [](cp::system::hand& h) {
    h.write("cache", "coffee\n");
    h.make_directory("db");
  };
  what.mutations = {{.body = [=](cp::mutation& m, cp::system::hand& tool) { return install(m, tool, protects); }}};
  what.ignored_times = {"db"};  // SQLite makes and removes files in it when it likes
  what.look = look_at_rows;
  const auto program = cp::testing::program_for<packages>("journal::sqlite", cp::journal::sqlite{.database = database});
  const auto report = cp::testing::crash_explorer(what, program, {.budget = 300}).run();
  std::cout << report.text();
  return report.passed();
}

}  // namespace

int main() {
  const bool caught = !survives("a mistake", false);
  const bool clean = survives("mended", true);
  return caught && clean ? 0 : 1;
}
