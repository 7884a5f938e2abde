#pragma once

#include <commitpoint/detail/undo/database_tools.hpp>
#include <commitpoint/snapshot/sqlite.hpp>
#include <commitpoint/sqlite/database.hpp>
#include <commitpoint/sqlite/error.hpp>

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <string>

namespace commitpoint::detail {

// All pages at once, under one read lock: nobody writes in between, and no time is lost by starting over.
[[nodiscard]] inline int copy_pages(const sqlite_database& source, const sqlite_database& target) {
  sqlite3_backup* const copying = sqlite3_backup_init(target.get(), "main", source.get(), "main");
  if (copying == nullptr) return sqlite3_extended_errcode(target.get());
  const int code = sqlite3_backup_step(copying, -1);
  const int finished = sqlite3_backup_finish(copying);
  return code == SQLITE_DONE ? finished : code;
}

/// \errors SQLite's, in `sqlite_category()`: busy (equal to `std::errc::device_or_resource_busy`) when another
/// connection writes for longer than the timeout; not a database, or a corrupt one (equal to `std::errc::bad_message`).
[[nodiscard]] inline result<void> transfer_by_backup(const std::string& from, const std::string& to,
                                                     const std::string& shown, std::chrono::milliseconds busy_timeout,
                                                     const char* vfs) {
  BOOST_OUTCOME_TRY(auto source, sqlite_database::open(from, shown, false, busy_timeout, vfs));
  BOOST_OUTCOME_TRY(auto target, sqlite_database::open(to, shown, true, busy_timeout, vfs));
  BOOST_OUTCOME_TRYV(target.execute("PRAGMA synchronous = FULL"));
  int code = copy_pages(source, target);
  if ((code & 0xFF) == SQLITE_READONLY) {
    // A write-ahead log is of pages of one size.
    BOOST_OUTCOME_TRYV(target.ask("PRAGMA journal_mode = DELETE"));
    code = copy_pages(source, target);
  }
  if (code == SQLITE_OK) return success();
  return target.error(code);
}

COMMITPOINT_INLINE bool bring_database_tool() noexcept {
  database_tool() = &transfer_by_backup;
  return true;
}

}  // namespace commitpoint::detail
