#pragma once

/// \file
/// The little that openkb needs of SQLite: statements that are finalised, and failures that say what SQLite said.

#include "knowledge_base/error.hpp"

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace openkb {

/// One prepared statement. Parameters are bound in order; then `next` walks the rows, `run` expects none.
class statement {
 public:
  [[nodiscard]] static cp::result<statement> prepare(sqlite3* db, std::string_view sql);

  statement& bind(std::string_view text);
  statement& bind(std::int64_t number);
  /// All values of another one's row.
  statement& bind_row(const statement& other);

  /// Whether there is another row.
  [[nodiscard]] cp::result<bool> next();
  /// Runs a statement that gives no rows, and makes it ready for the next values.
  [[nodiscard]] cp::result<void> run();

  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  [[nodiscard]] double real(int column) const;

 private:
  explicit statement(sqlite3_stmt* prepared) noexcept : prepared_(prepared, &sqlite3_finalize) {}

  std::unique_ptr<sqlite3_stmt, decltype(&sqlite3_finalize)> prepared_;
  int bound_ = 0;
};

/// Prepares, binds and runs in one go.
template <class... Values>
[[nodiscard]] cp::result<void> execute(sqlite3* db, std::string_view sql, const Values&... values) {
  BOOST_OUTCOME_TRY(auto s, statement::prepare(db, sql));
  (s.bind(values), ...);
  return s.run();
}

/// A connection of one's own.
class database {
 public:
  /// One that changes nothing, not even by being opened and closed.
  /// \errors registry_failed; ENOENT when there is no such file.
  [[nodiscard]] static cp::result<database> open_to_read(const std::string& file);
  /// One of nobody else's, which goes with the connection. \errors registry_failed.
  [[nodiscard]] static cp::result<database> temporary();
  [[nodiscard]] sqlite3* get() const noexcept { return db_.get(); }

 private:
  explicit database(sqlite3* db) noexcept : db_(db, &sqlite3_close) {}
  std::unique_ptr<sqlite3, decltype(&sqlite3_close)> db_;
};

/// Whether SQLite can open a file by a path, which it takes for an absolute one without links. \errors ENAMETOOLONG.
[[nodiscard]] cp::result<void> require_short_path(const std::filesystem::path& file);

}  // namespace openkb
