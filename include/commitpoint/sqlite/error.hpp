#pragma once

/// \file
/// SQLite's result codes as `std::error_code`s.

#include <commitpoint/detail/root/advice.hpp>
#include <commitpoint/failure.hpp>

#include <sqlite3.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

namespace commitpoint {

namespace detail {

class sqlite_error_category final : public std::error_category {
 public:
  [[nodiscard]] const char* name() const noexcept override { return "sqlite"; }
  [[nodiscard]] std::string message(int code) const override { return sqlite3_errstr(code); }
  // Extended codes have the plain one in their lowest byte.
  [[nodiscard]] std::error_condition default_error_condition(int code) const noexcept override {
    switch (code & 0xFF) {
      case SQLITE_BUSY:
      case SQLITE_LOCKED: return std::errc::device_or_resource_busy;
      case SQLITE_FULL: return std::errc::no_space_on_device;
      case SQLITE_IOERR: return std::errc::io_error;
      case SQLITE_READONLY: return std::errc::read_only_file_system;
      case SQLITE_CORRUPT:
      case SQLITE_NOTADB: return std::errc::bad_message;
      case SQLITE_NOMEM: return std::errc::not_enough_memory;
      case SQLITE_PERM:
      case SQLITE_AUTH: return std::errc::permission_denied;
      default: return {code, *this};
    }
  }
};

}  // namespace detail

/// The category of SQLite's result codes, extended ones included. A code compares equal to the `std::errc` that means
/// the same: `SQLITE_BUSY` to `device_or_resource_busy`, `SQLITE_FULL` to `no_space_on_device`, and so on.
[[nodiscard]] inline const std::error_category& sqlite_category() noexcept {
  static const detail::sqlite_error_category instance;
  return instance;
}

namespace detail {

/// SQLite says only that it cannot open a file where the process has too many open.
[[nodiscard]] inline failure advised_by(sqlite3* database, failure why) {
  const bool cannot_open = database != nullptr && (sqlite3_errcode(database) & 0xFF) == SQLITE_CANTOPEN;
  return cannot_open && sqlite3_system_errno(database) == EMFILE ? std::move(why).advising(fewer_open_files) : why;
}

/// Whether SQLite could not look at a database because it may not write, to it or beside it.
[[nodiscard]] inline bool is_closed_to_writing(const failure& why) noexcept {
  const int plain = why.code.category() == sqlite_category() ? why.code.value() & 0xFF : SQLITE_OK;
  return plain == SQLITE_CANTOPEN || plain == SQLITE_READONLY;
}

}  // namespace detail

/// The failure that the last call on a connection ended with: for the bodies of `enlist`.
/// `shown` is the database's path for messages.
[[nodiscard]] inline failure sqlite_failure(sqlite3* database, std::string shown = {}) {
  const std::error_code code(sqlite3_extended_errcode(database), sqlite_category());
  return detail::advised_by(database, {code, std::move(shown), sqlite3_errmsg(database)});
}

}  // namespace commitpoint
