// Rows of a registry and the files that they speak of: one SQL COMMIT decides over both.
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <sqlite3.h>

#include <iostream>
#include <memory>
#include <string>

namespace cp = commitpoint;
using registry = cp::coordinator<cp::journal::sqlite>;

cp::result<void> execute(sqlite3* db, const std::string& sql) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return cp::sqlite_failure(db);
  return cp::success();
}

cp::result<void> add(cp::enlisting_mutation& m, const std::string& name, const std::string& text) {
  BOOST_OUTCOME_TRYV(m.write(name + ".md", text));
  return m.enlist([&](sqlite3* db) {
    const std::unique_ptr<char, void (*)(void*)> sql(sqlite3_mprintf("INSERT INTO notes VALUES(%Q)", name.c_str()),
                                                     &sqlite3_free);
    return execute(db, sql.get());
  });
}

int count_rows(const cp::path& database) {
  const auto count = [](void* rows, int, char**, char**) { return ++*static_cast<int*>(rows), 0; };
  sqlite3* db = nullptr;
  int rows = 0;
  sqlite3_open_v2(database.c_str(), &db, SQLITE_OPEN_READONLY, nullptr);
  sqlite3_exec(db, "SELECT * FROM notes", count, &rows, nullptr);
  sqlite3_close(db);
  return rows;
}

cp::result<bool> demonstrate(const cp::path& root) {
  BOOST_OUTCOME_TRY(auto notes, registry::open(root, {}, cp::journal::sqlite{.database = "registry.db"}));
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  BOOST_OUTCOME_TRYV(owner.run({.operation = "add"}, [](cp::enlisting_mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.enlist([](sqlite3* db) { return execute(db, "CREATE TABLE notes(name TEXT PRIMARY KEY)"); }));
    return add(m, "tea", "Water at 80 degrees.\n");
  }));
  // The row is refused (the name is taken), so the file that was staged before it does not go live.
  const auto refused =
      owner.run({.operation = "add"}, [](auto& m) { return add(m, "tea", "Water at 100 degrees.\n"); });
  if (refused) return false;
  std::cout << "refused: " << refused.error().message() << '\n';
  BOOST_OUTCOME_TRY(const auto tea, owner.run({}, [](cp::mutation& m) { return m.read("tea.md"); }));
  return tea == "Water at 80 degrees.\n" && count_rows(root / "registry.db") == 1;
}

int main() {
  const cp::testing::temporary_directory scratch;
  const auto good = demonstrate(scratch.path());
  if (!good) std::cerr << good.error().message() << '\n';
  return good && good.value() ? 0 : 1;
}
