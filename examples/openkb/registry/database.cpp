#include "registry/database.hpp"

#include "knowledge_base/layout.hpp"
#include "registry/read_only.hpp"

#include <commitpoint/sqlite/error.hpp>

#include <filesystem>
#include <utility>

namespace openkb {

namespace {

cp::failure failure_of(sqlite3* db) {
  if (is_for_want_of_room(db, sqlite3_errcode(db))) {
    return {make_error_code(std::errc::no_space_on_device), std::string(layout::registry)};
  }
  return {make_error_code(error::registry_failed), std::string(layout::registry), cp::sqlite_failure(db).explanation()};
}

}  // namespace

cp::result<statement> statement::prepare(sqlite3* db, std::string_view sql) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr) != SQLITE_OK) {
    return failure_of(db);
  }
  return statement(prepared);
}

// A value that cannot be bound (only memory can be missing) shows as an error when the statement runs.
statement& statement::bind(std::string_view text) {
  sqlite3_bind_text64(prepared_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

statement& statement::bind(std::int64_t number) {
  sqlite3_bind_int64(prepared_.get(), ++bound_, number);
  return *this;
}

statement& statement::bind_row(const statement& other) {
  for (int column = 0; column < sqlite3_column_count(other.prepared_.get()); ++column) {
    sqlite3_bind_value(prepared_.get(), ++bound_, sqlite3_column_value(other.prepared_.get(), column));
  }
  return *this;
}

cp::result<bool> statement::next() {
  switch (sqlite3_step(prepared_.get())) {
    case SQLITE_ROW: return true;
    case SQLITE_DONE: return false;
    default: return failure_of(sqlite3_db_handle(prepared_.get()));
  }
}

cp::result<void> statement::run() {
  BOOST_OUTCOME_TRYV(next());
  sqlite3_reset(prepared_.get());
  bound_ = 0;
  return cp::success();
}

std::string statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(prepared_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared_.get(), column));
  return bytes == nullptr ? std::string{} : std::string(bytes, size);
}

std::int64_t statement::number(int column) const { return sqlite3_column_int64(prepared_.get(), column); }

double statement::real(int column) const { return sqlite3_column_double(prepared_.get(), column); }

cp::result<database> database::open_to_read(const std::string& file) {
  std::error_code code;
  if (!std::filesystem::exists(file, code)) {
    return cp::failure(code ? code : make_error_code(std::errc::no_such_file_or_directory), file);
  }
  // If something stands in the write-ahead log, it and the database are left as they were found.
  const auto logged = std::filesystem::file_size(file + "-wal", code);
  const bool leave = !code && logged > 0;
  auto opened = open_to_look(file);
  database out(opened.database.release());
  auto* const db = out.get();
  if (opened.code != SQLITE_OK) return failure_of(db);
  sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, leave ? 1 : 0, nullptr);
  BOOST_OUTCOME_TRYV(execute(db, "PRAGMA query_only = 1"));
  return out;
}

cp::result<database> database::temporary() {
  sqlite3* db = nullptr;
  const auto code = sqlite3_open("", &db);
  database out(db);
  if (code != SQLITE_OK) return failure_of(db);
  return out;
}

// SQLite says no more of it than that it cannot open the file. It wants room for the name of a journal beside it.
cp::result<void> require_short_path(const std::filesystem::path& file) {
  const auto* system = sqlite3_vfs_find(nullptr);
  std::error_code code;
  const auto path = std::filesystem::weakly_canonical(file, code).native();
  constexpr std::string_view beside = "-journal";
  const auto most = static_cast<std::size_t>(system->mxPathname) - beside.size();
  if (code || path.size() <= most) return cp::success();
  return cp::failure(make_error_code(std::errc::filename_too_long), path,
                     "SQLite opens files whose paths have " + std::to_string(most) +
                         " bytes or less, and this one has " + std::to_string(path.size()) +
                         "; put the knowledge base where the path is shorter");
}

}  // namespace openkb
