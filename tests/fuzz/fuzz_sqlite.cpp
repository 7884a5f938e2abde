// The rows of `journal::sqlite`, the file of its database and the log beside them as hostile input. An input is
//
//     {"records": [...], "rows": [{"mutation": 7, "record": {...}}, ...], "table": 0, "page_flips": [...], "then":
//     [...]}
//
// SQLite writes to the simulated machine, so that a run needs no disk.

#include "journals.hpp"

#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/log_reader.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/sqlite/database.hpp>
#include <commitpoint/sqlite/vfs.hpp>

#include <array>
#include <string>
#include <utility>
#include <vector>

using namespace fuzzing;

namespace {

using machine = cp::system::with_sqlite<cp::system::simulated>;

constexpr const char* root_name = "/tree";
const std::string state_name = "state";
const std::string database_name = "state/journal.db";
constexpr std::uint64_t generation = 3;
constexpr std::uint64_t salt = 17;

// What an application's database may hold under the name of the table. The first is what the library makes.
constexpr std::array tables{
    "CREATE TABLE commitpoint_commits(instance TEXT NOT NULL, mutation INTEGER NOT NULL, generation BLOB NOT NULL, "
    "record BLOB NOT NULL, PRIMARY KEY(instance, mutation)) WITHOUT ROWID",
    "CREATE TABLE commitpoint_commits(instance, mutation, generation, record)",
    "CREATE TABLE commitpoint_commits(instance TEXT, mutation TEXT)",
    "CREATE VIEW commitpoint_commits AS SELECT 'state' AS instance, 7 AS mutation, 'x' AS generation, 'x' AS record",
    "CREATE TABLE commitpoint_commits(instance TEXT, mutation INT, generation BLOB, record BLOB);"
    "CREATE TRIGGER t BEFORE INSERT ON commitpoint_commits BEGIN SELECT RAISE(ABORT, 'no'); END",
    "CREATE TABLE unrelated(name TEXT)"};

cp::system::simulation::world with_table(std::size_t which) {
  machine disks{cp::system::simulation::world(small_world())};
  ok(disks.make_directory(ok(disks.open_root("/")), "tree", 0755));
  ok(disks.make_directory(ok(disks.open_root(root_name)), state_name, 0700));
  {
    auto database =
        ok(cp::detail::sqlite_database::open("/tree/" + database_name, database_name, true, {}, disks.database_vfs()));
    ok(database.execute(tables.at(which)));
  }
  // The room that the log would make first: most of the time of a run, otherwise.
  const auto state = ok(disks.open(ok(disks.open_root(root_name)), state_name, {.directory = true}));
  const std::string room(cp::journal::log{}.preallocate, '\0');
  for (const auto name : cp::journal::log_names) {
    ok(cp::files::write_new_file(disks, state, std::string(name), room, 0600));
  }
  return disks.world();
}

const cp::system::simulation::world& base(std::size_t which) {
  static std::array<std::optional<cp::system::simulation::world>, tables.size()> made;
  auto& one = made.at(which);
  if (!one) one = with_table(which);
  return *one;
}

void bind(sqlite3_stmt* to, int parameter, const json& what) {
  if (what.is_number_float()) {
    sqlite3_bind_double(to, parameter, what.get<double>());
  } else if (what.is_number()) {
    sqlite3_bind_int64(to, parameter, what.get<std::int64_t>());
  } else if (what.is_string()) {
    const auto& text = what.get_ref<const std::string&>();
    sqlite3_bind_blob(to, parameter, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  } else if (what.is_binary()) {
    const auto& blob = what.get_binary();
    sqlite3_bind_blob(to, parameter, blob.data(), static_cast<int>(blob.size()), SQLITE_TRANSIENT);
  } else {
    sqlite3_bind_null(to, parameter);
  }
}

// A row that cannot be inserted is none.
void insert(cp::detail::sqlite_database& database, const json& row) {
  const auto mutation = value(row, "mutation", 7);
  json record = value(row, "record", json::object());
  if (record.is_object()) {
    record.emplace("kind", 7);
    record.emplace("synced_upto", 0);
    if (mutation.is_number_unsigned()) record.emplace("mutation", mutation);
    if (!record.contains("body") && !record.contains("cbor")) record["body"] = {{"redo", json::array()}};
    auto framed_record = framed({record}, generation, salt);
    flip(framed_record, list(row, "flips", 4));
    record = std::move(framed_record);
  }
  sqlite3_stmt* statement = nullptr;
  sqlite3_prepare_v2(database.get(), "INSERT INTO commitpoint_commits VALUES(CAST(?1 AS TEXT), ?2, ?3, ?4)", -1,
                     &statement, nullptr);
  if (statement == nullptr) return;
  bind(statement, 1, value(row, "instance", state_name));
  bind(statement, 2, mutation);
  bind(statement, 3, value(row, "generation", std::to_string(generation) + "-" + std::to_string(salt)));
  bind(statement, 4, record);
  sqlite3_step(statement);
  sqlite3_finalize(statement);
}

void run(const json& scenario) {
  const auto table = number(scenario, "table") % tables.size();
  machine disks{cp::system::simulation::world(base(table))};
  const auto root = ok(disks.open_root(root_name));
  const auto state = ok(disks.open(root, state_name, {.directory = true}));
  auto log = framed(list(scenario, "records"), generation, salt);
  flip(log, list(scenario, "flips", 8));
  if (log.empty()) {
    for (const auto name : cp::journal::log_names) ok(disks.remove_file(state, std::string(name)));
  } else {
    const auto file = ok(disks.open(state, "journal.0", {.access = cp::system::open_how::access_mode::read_write}));
    ok(cp::files::write_all(disks, file, 0, log));
  }
  if (const auto rows = list(scenario, "rows"); !rows.empty()) {
    auto database =
        ok(cp::detail::sqlite_database::open("/tree/" + database_name, database_name, false, {}, disks.database_vfs()));
    ok(database.execute("BEGIN"));
    for (const auto& row : rows) insert(database, row);
    ok(database.execute("COMMIT"));
  }
  const auto page_flips = list(scenario, "page_flips", 8);
  const bool replaced = has(scenario, "database");
  if (!page_flips.empty() || replaced) {
    const auto file = ok(disks.open(state, "journal.db", {.access = cp::system::open_how::access_mode::read_write}));
    auto pages = replaced ? bytes(scenario, "database") : ok(cp::files::read_whole(disks, file, 1U << 20U));
    flip(pages, page_flips);
    ok(disks.truncate(file, 0));
    ok(cp::files::write_all(disks, file, 0, pages));
  }

  const auto open = [&] { return ok(cp::journal::sqlite{.busy_timeout = {}}.open({disks, root, state, state_name})); };
  journal_life(open, same_pending, scenario, table == 0 && page_flips.empty() && !replaced).live();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] {
    if (const auto scenario = parse(text_of(data, size))) run(*scenario);
  });
}

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned seed) {
  return mutate(data, size, max_size, seed);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* one, std::size_t one_size,
                                                 const std::uint8_t* other, std::size_t other_size, std::uint8_t* out,
                                                 std::size_t max_size, unsigned seed) {
  return cross(text_of(one, one_size), text_of(other, other_size), out, max_size, seed);
}
