#pragma once

/// \file
/// What `touch::sqlite` needs. Include it in any source of a program that uses `touch::sqlite`, or that drains what
/// such a program left; `commitpoint/journal/sqlite.hpp` includes it. Needs SQLite3; link `commitpoint::sqlite`.
///
/// A database is never copied as a file: that could catch it in the middle of a transaction, would drop the locks that
/// SQLite holds in this process, and a file restored beside the write-ahead log of another age is corrupt. SQLite's own
/// backup saves and restores it, so that other connections may be open all the while: a restore is one more write
/// transaction to them. What is restored is what the database holds; its bytes, its journal mode and the time of its
/// file are SQLite's.
///
/// \source "SQLite Backup API" (sqlite.org/backup.html); "How To Corrupt An SQLite Database File", sections 1 and 2.2.

#include <commitpoint/detail/database_tools.hpp>
#include <commitpoint/journal/sqlite_database.hpp>
#include <commitpoint/journal/sqlite_error.hpp>

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

inline const bool has_database_tool = []() noexcept {
  database_tool() = &transfer_by_backup;
  return true;
}();

}  // namespace commitpoint::detail
