#pragma once

/// \file
/// Another program's connection to an SQLite database.

#include <commitpoint/path.hpp>

#include <doctest/doctest.h>

#include <sqlite3.h>

#include <string>

namespace support {

class connection {
 public:
  explicit connection(const commitpoint::path& file) {
    const int how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    REQUIRE(sqlite3_open_v2(file.c_str(), &database_, how, nullptr) == SQLITE_OK);
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection() { sqlite3_close_v2(database_); }

  int run(const std::string& sql) { return sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr); }
  /// The first column of all rows, one behind the other.
  std::string ask(const std::string& sql) {
    std::string answer;
    const int code = sqlite3_exec(
        database_, sql.c_str(),
        [](void* to, int, char** columns, char**) {
          *static_cast<std::string*>(to) += columns[0] == nullptr ? "NULL" : columns[0];
          return 0;
        },
        &answer, nullptr);
    return code == SQLITE_OK ? answer : std::string("error: ") + sqlite3_errmsg(database_);
  }

 private:
  sqlite3* database_ = nullptr;
};

}  // namespace support
