#pragma once

/// \file
/// An SQLite connection and a statement that close themselves, with `result` for what fails.

#include <commitpoint/result.hpp>
#include <commitpoint/sqlite/error.hpp>

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// One prepared statement.
class sqlite_statement {
 public:
  explicit sqlite_statement(sqlite3_stmt* statement) noexcept : statement_(statement) {}

  /// Parameters count from 1. The bytes must live until the statement was stepped.
  sqlite_statement& text(int parameter, std::string_view value) {
    bound_ |= sqlite3_bind_text64(statement_.get(), parameter, value.data(), value.size(), SQLITE_STATIC, SQLITE_UTF8);
    return *this;
  }
  sqlite_statement& blob(int parameter, std::string_view value) {
    bound_ |= sqlite3_bind_blob64(statement_.get(), parameter, value.data(), value.size(), SQLITE_STATIC);
    return *this;
  }
  sqlite_statement& number(int parameter, std::int64_t value) {
    bound_ |= sqlite3_bind_int64(statement_.get(), parameter, value);
    return *this;
  }
  /// SQLITE_ROW, SQLITE_DONE, or an error.
  [[nodiscard]] int step() { return bound_ == SQLITE_OK ? sqlite3_step(statement_.get()) : bound_; }

  /// Columns count from 0; what they refer to is gone with the next step.
  [[nodiscard]] std::string_view bytes(int column) const {
    const auto* data = static_cast<const char*>(sqlite3_column_blob(statement_.get(), column));
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return data == nullptr ? std::string_view{} : std::string_view(data, size);
  }
  [[nodiscard]] std::int64_t number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

 private:
  struct finalize {
    void operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, finalize> statement_;
  int bound_ = SQLITE_OK;
};

/// For whoever may not write beside a database, and so cannot have the index of a write-ahead log made there.
enum class read_only : std::uint8_t {
  no,
  yes,
  /// The write-ahead log is not looked at, nor any lock: only where it is empty, and while nobody writes.
  unchanging
};

/// One connection, or none. While `may_commit` was not called, nothing that anybody does on it can commit: a COMMIT
/// becomes a rollback.
class sqlite_database {
 public:
  sqlite_database() = default;

  /// Opens `file`, absolute and without symbolic links; `shown` is its path for messages. `vfs` is the name of the
  /// `sqlite3_vfs` that does it, or null for the machine's own.
  [[nodiscard]] static result<sqlite_database> open(const std::string& file, std::string shown, bool create,
                                                    std::chrono::milliseconds busy_timeout, const char* vfs = nullptr) {
    const int how = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
    return open(file, std::move(shown), how, busy_timeout, vfs);
  }
  /// Opens it to look at it only.
  [[nodiscard]] static result<sqlite_database> open(const std::string& file, std::string shown, read_only how,
                                                    std::chrono::milliseconds busy_timeout, const char* vfs) {
    if (how == read_only::no) return open(file, std::move(shown), false, busy_timeout, vfs);
    if (how == read_only::yes) return open(file, std::move(shown), SQLITE_OPEN_READONLY, busy_timeout, vfs);
    return open("file://" + in_uri(file) + "?immutable=1", std::move(shown), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI,
                busy_timeout, vfs);
  }

  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(connection_); }
  [[nodiscard]] sqlite3* get() const noexcept { return connection_.get(); }
  [[nodiscard]] bool transaction_open() const noexcept {
    return connection_ && sqlite3_get_autocommit(connection_.get()) == 0;
  }

  /// Takes back what another user of the connection may have set in C: hooks, handlers and limits.
  void forget_hooks() noexcept {
    auto* const c = connection_.get();
    sqlite3_progress_handler(c, 0, nullptr, nullptr);
    sqlite3_rollback_hook(c, nullptr, nullptr);
    sqlite3_update_hook(c, nullptr, nullptr);
    sqlite3_trace_v2(c, 0, nullptr, nullptr);
    set_up();
  }

  /// Whether a PRAGMA with an argument only looks, or changes what is in the database file, or ends with the
  /// transaction.
  [[nodiscard]] static bool leaves_the_connection_alone(std::string_view pragma) noexcept {
    static constexpr std::array<std::string_view, 13> harmless{
        "application_id", "defer_foreign_keys", "foreign_key_check", "foreign_key_list", "incremental_vacuum",
        "index_info",     "index_list",         "index_xinfo",       "integrity_check",  "quick_check",
        "table_info",     "table_xinfo",        "user_version"};
    return std::ranges::any_of(harmless, [&](std::string_view h) {
      return std::ranges::equal(h, pragma, [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b + 32 : b); });
    });
  }

  /// Whether a transaction may commit from here on.
  void may_commit(bool allowed) noexcept { *commits_ = allowed; }
  /// Whether the last connection that closes a database moves its write-ahead log into it.
  void checkpoint_on_close(bool wanted) noexcept {
    sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted ? 0 : 1, nullptr);
  }
  /// Whether to wait for locks of others, for the time given to `open`.
  void wait_for_others(bool wanted) noexcept {
    const auto most = std::chrono::milliseconds(std::numeric_limits<int>::max());
    const auto time = wanted ? std::min(std::max(busy_timeout_, std::chrono::milliseconds(0)), most) : most.zero();
    sqlite3_busy_timeout(connection_.get(), static_cast<int>(time.count()));
  }

  /// Runs statements that have no parameters.
  [[nodiscard]] result<void> execute(const char* sql) {
    const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) return error(code);
    return success();
  }
  [[nodiscard]] result<sqlite_statement> prepare(std::string_view sql) {
    sqlite3_stmt* statement = nullptr;
    const int code =
        sqlite3_prepare_v2(connection_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr);
    if (code != SQLITE_OK) return error(code);
    return sqlite_statement(statement);
  }
  /// Steps once; whether there is a row.
  [[nodiscard]] result<bool> step(sqlite_statement& statement) {
    const int code = statement.step();
    if (code == SQLITE_ROW || code == SQLITE_DONE) return code == SQLITE_ROW;
    return error(code);
  }
  /// The first column of the first row, as text; empty if there is none. Runs to the end: what a PRAGMA changes is
  /// committed after the row that answers it.
  [[nodiscard]] result<std::string> ask(std::string_view sql) {
    BOOST_OUTCOME_TRY(auto statement, prepare(sql));
    BOOST_OUTCOME_TRY(bool row, step(statement));
    auto answer = row ? std::string(statement.bytes(0)) : std::string();
    while (row) {
      BOOST_OUTCOME_TRY(row, step(statement));
    }
    return answer;
  }

  /// What a code means here.
  [[nodiscard]] failure error(int code) const {
    std::string why = connection_ ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code);
    if ((code & 0xFF) == SQLITE_BUSY) {
      why =
          "the database is busy: another program holds a lock on it, most likely that of a write transaction; "
          "waited " +
          std::to_string(busy_timeout_.count()) + " ms";
    }
    return advised_by(connection_.get(), {std::error_code(code, sqlite_category()), shown_, std::move(why)});
  }

  /// Forgets the connection without closing it: in a forked child it belongs to the parent.
  void forget() noexcept {
    static_cast<void>(connection_.release());
    static_cast<void>(commits_.release());
  }

 private:
  [[nodiscard]] static result<sqlite_database> open(const std::string& name, std::string shown, int how,
                                                    std::chrono::milliseconds busy_timeout, const char* vfs) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &raw, how | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_FULLMUTEX, vfs);
    sqlite_database opened;
    opened.connection_.reset(raw);
    opened.shown_ = std::move(shown);
    opened.busy_timeout_ = busy_timeout;
    if (code != SQLITE_OK) return opened.error(code);
    opened.commits_ = std::make_unique<bool>(true);
    opened.set_up();
    return opened;
  }

  // What has a meaning in a URI is written by its number.
  [[nodiscard]] static std::string in_uri(std::string_view path) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : path) {
      if (c != '%' && c != '?' && c != '#') {
        out += c;
        continue;
      }
      out += {'%', digits[static_cast<unsigned char>(c) >> 4U], digits[static_cast<unsigned char>(c) & 15U]};
    }
    return out;
  }

  void set_up() noexcept {
    auto* const c = connection_.get();
    sqlite3_extended_result_codes(c, 1);
    sqlite3_limit(c, SQLITE_LIMIT_ATTACHED, 0);  // a commit to several files is not one step
    wait_for_others(true);
    sqlite3_commit_hook(
        c, [](void* allowed) { return *static_cast<bool*>(allowed) ? 0 : 1; }, commits_.get());
  }

  struct close {
    void operator()(sqlite3* connection) const noexcept { sqlite3_close_v2(connection); }
  };

  std::unique_ptr<bool> commits_;  // outlives the connection, whose hook looks at it
  std::unique_ptr<sqlite3, close> connection_;
  std::string shown_;
  std::chrono::milliseconds busy_timeout_{};
};

}  // namespace commitpoint::detail
