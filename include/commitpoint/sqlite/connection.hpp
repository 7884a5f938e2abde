#pragma once

/// \file
/// The connection to the application's database: found beneath the root, opened when first needed, set up so that a
/// COMMIT is durable, and settled before a drain acts on what was read from it.

#include <commitpoint/detail/undo/database_tools.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/beneath.hpp>
#include <commitpoint/journal/interface.hpp>
#include <commitpoint/sqlite/database.hpp>
#include <commitpoint/system/door.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// A connection that is opened lazily, by the process that made this object and by no child of it.
class sqlite_connection {
 public:
  /// What SQLite puts behind the name of a database.
  static constexpr std::array<std::string_view, 4> suffixes{"", "-wal", "-shm", "-journal"};

  /// `name` is relative to the root, and plain.
  sqlite_connection(const journal::place& where, std::string name, std::chrono::milliseconds busy_timeout)
      : system_(&where.system),
        root_(&where.root),
        name_(std::move(name)),
        busy_timeout_(busy_timeout),
        looks_only_(where.looks_only),
        is_trusted_(where.is_trusted),
        process_(where.system.process()) {}
  sqlite_connection(sqlite_connection&&) noexcept = default;
  sqlite_connection& operator=(sqlite_connection&&) noexcept = default;
  ~sqlite_connection() {
    if (database_ && !is_mine()) database_.forget();
  }

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  [[nodiscard]] sqlite_database& database() noexcept { return database_; }
  [[nodiscard]] bool transaction_open() const noexcept { return database_.transaction_open(); }

  /// One file by what it is, whatever its name; `inode` 0 is none.
  struct file {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    bool operator==(const file&) const = default;
  };

  /// Whether the database is there.
  /// \errors not_a_regular_file (it, or one of the files beside it); outside_root.
  [[nodiscard]] result<bool> look();
  /// What was under its name when it was last looked at.
  [[nodiscard]] const file& seen() const noexcept { return seen_.front(); }
  /// Looks; and whether the names still lead to the files that the connection has open, if it is open.
  /// \errors drifted, and those of `look`.
  [[nodiscard]] result<void> still_there();
  /// Opens it, to look at it: what is not there is not made unless `create`, and nothing of it is changed.
  /// \errors not_owner; SQLite's.
  [[nodiscard]] result<void> connect(bool create);
  /// Sets it up for writing: a write-ahead log, and COMMITs that are durable.
  /// \errors unsupported; SQLite's.
  [[nodiscard]] result<void> configure();
  /// Opens a transaction in which nothing but this class can commit.
  [[nodiscard]] result<void> begin();
  /// Whether a COMMIT will be durable, and of the one file that has the database's name.
  /// \errors drifted; unsupported; SQLite's.
  [[nodiscard]] result<void> ready_to_commit();
  [[nodiscard]] result<void> commit();
  void abandon() noexcept;
  /// After anything that is not this library's was done on the connection: takes back what would be in the way of the
  /// rest of the transaction.
  void put_back() noexcept;
  /// After a transaction. A connection with settings that somebody has changed is closed: the next one has none.
  void finish() noexcept;
  /// Closes it, unless it belongs to the parent process.
  void close() noexcept;
  /// Cuts the write-ahead log, durably, after everything in it was moved to the database; false if another connection
  /// is in the way.
  [[nodiscard]] result<bool> truncate_log();

 private:
  [[nodiscard]] bool is_mine() const { return system_->process() == process_; }
  void watch() noexcept;
  [[nodiscard]] result<sqlite_database> open_to_look(const std::string& path);

  system::door* system_;
  const system::handle* root_;
  std::string name_;
  std::chrono::milliseconds busy_timeout_;
  bool looks_only_;
  bool is_trusted_;
  std::int64_t process_;
  // Whether somebody has changed a setting, or made something temporary. The connection has its address.
  std::unique_ptr<bool> meddled_ = std::make_unique<bool>(false);
  sqlite_database database_;
  bool configured_ = false;
  std::array<file, 3> seen_ = {};    // of the first three suffixes, at the last look
  std::array<file, 3> opened_ = {};  // what the connection has open, as far as it is known
};

// Nothing of it is opened: closing it again would drop the locks of every connection that this process has to it.
inline result<bool> sqlite_connection::look() {
  const auto at = locate(*system_, *root_, name_);
  seen_ = {};
  if (!at && at.error() == std::errc::no_such_file_or_directory) return false;
  if (!at) return at.error();
  seen_ = {};
  for (std::size_t i = 0; i < suffixes.size(); ++i) {
    const auto suffix = suffixes[i];
    auto status = system_->status(at.value().directory, at.value().name + std::string(suffix));
    if (!status) return std::move(status).error().on(name_ + std::string(suffix));
    const auto type = status.value().type;
    if (type != system::node_type::none && type != system::node_type::regular) {
      return failure(make_error_code(errc::not_a_regular_file), name_ + std::string(suffix),
                     "the database and the files beside it are regular files");
    }
    if (i < seen_.size()) seen_[i] = {status.value().device, status.value().inode};
    if (type == system::node_type::none && i < seen_.size()) seen_[i] = {};
  }
  return seen().inode != 0;
}

inline result<void> sqlite_connection::still_there() {
  BOOST_OUTCOME_TRYV(look());
  for (std::size_t i = 0; database_ && i < opened_.size(); ++i) {
    if (opened_[i].inode == 0 || opened_[i] == seen_[i]) continue;
    return failure(make_error_code(errc::drifted), name_ + std::string(suffixes[i]),
                   "the file was removed or replaced since it was opened; put it back, or release and acquire again");
  }
  return success();
}

inline result<void> sqlite_connection::connect(bool create) {
  if (!is_mine()) {
    return failure(make_error_code(errc::not_owner), name_, "a forked child cannot use its parent's connection");
  }
  if (database_) return success();
  BOOST_OUTCOME_TRY(const auto root, system_->path_of(*root_));
  const auto path = root + "/" + name_;
  if (looks_only_) {
    BOOST_OUTCOME_TRY(database_, open_to_look(path));
  } else {
    BOOST_OUTCOME_TRY(database_, sqlite_database::open(path, name_, create, busy_timeout_, system_->database_vfs()));
  }
  // Whoever only looks changes nothing, not even by closing what it looked at.
  database_.checkpoint_on_close(false);
  configured_ = false;
  BOOST_OUTCOME_TRYV(look());
  opened_ = {seen(), {}, {}};
  return success();
}

// A stranger's database is not opened for writing: what stands beside it would be carried out. Where nothing may be
// written beside it, SQLite cannot look through the write-ahead log; but where that is empty it need not, and the lock
// keeps it so.
inline result<sqlite_database> sqlite_connection::open_to_look(const std::string& path) {
  const auto look_as = [&](read_only how) -> result<sqlite_database> {
    BOOST_OUTCOME_TRY(auto opened, sqlite_database::open(path, name_, how, busy_timeout_, system_->database_vfs()));
    BOOST_OUTCOME_TRYV(opened.ask("SELECT count(*) FROM main.sqlite_master"));
    return opened;
  };
  auto opened = look_as(is_trusted_ ? read_only::no : read_only::yes);
  if (opened || !is_closed_to_writing(opened.error())) return opened;
  BOOST_OUTCOME_TRY(const auto at, locate(*system_, *root_, name_));
  BOOST_OUTCOME_TRY(const auto log, system_->status(at.directory, at.name + "-wal"));
  BOOST_OUTCOME_TRY(const auto journal, system_->status(at.directory, at.name + "-journal"));
  if (log.size == 0 && journal.size == 0) return look_as(read_only::unchanging);
  return std::move(opened).error().advising(
      "a log of SQLite's stands beside it, and to look through that it has to write there: let somebody who may write "
      "look first");
}

inline result<void> sqlite_connection::configure() {
  if (configured_) return success();
  BOOST_OUTCOME_TRY(const auto mode, database_.ask("PRAGMA journal_mode = WAL"));
  if (mode != "wal") {
    return failure(make_error_code(errc::unsupported), name_,
                   "the database cannot have a write-ahead log; its journal mode is " + mode);
  }
  BOOST_OUTCOME_TRYV(database_.execute("PRAGMA synchronous = FULL"));
  BOOST_OUTCOME_TRY(const auto synchronous, database_.ask("PRAGMA synchronous"));
  if (synchronous != "2") {
    return failure(make_error_code(errc::unsupported), name_, "synchronous=FULL was refused; it is " + synchronous);
  }
  database_.checkpoint_on_close(true);
  configured_ = true;
  return success();
}

inline result<void> sqlite_connection::begin() {
  BOOST_OUTCOME_TRYV(configure());
  BOOST_OUTCOME_TRYV(database_.execute("BEGIN IMMEDIATE"));
  database_.may_commit(false);
  *meddled_ = false;
  watch();
  if (opened_[1].inode != 0) return success();
  // From here on nobody removes the write-ahead log and its index by closing the database.
  BOOST_OUTCOME_TRYV(still_there());
  opened_ = seen_;
  return success();
}

inline result<void> sqlite_connection::commit() {
  database_.may_commit(true);
  auto done = database_.execute("COMMIT");
  if (done) finish();
  return done;
}

inline result<void> sqlite_connection::ready_to_commit() {
  BOOST_OUTCOME_TRYV(still_there());
  if (!*meddled_) return success();
  BOOST_OUTCOME_TRY(const auto synchronous, database_.ask("PRAGMA synchronous"));
  BOOST_OUTCOME_TRY(const auto attached, database_.ask("SELECT count(*) FROM pragma_database_list WHERE seq > 1"));
  if (synchronous == "2" && attached == "0") return success();
  return failure(make_error_code(errc::unsupported), name_,
                 synchronous == "2" ? "what was enlisted has attached another database"
                                    : "what was enlisted has changed PRAGMA synchronous");
}

// SQLite asks for leave when a statement is prepared: a way to hear of those that change the connection itself, and not
// what is in the database.
inline void sqlite_connection::watch() noexcept {
  sqlite3_set_authorizer(
      database_.get(),
      [](void* to, int action, const char* name, const char* value, const char*, const char*) {
        switch (action) {
          case SQLITE_PRAGMA:
            if (value == nullptr || sqlite_database::leaves_the_connection_alone(name)) break;
            [[fallthrough]];
          case SQLITE_ATTACH:
          case SQLITE_CREATE_TEMP_INDEX:
          case SQLITE_CREATE_TEMP_TABLE:
          case SQLITE_CREATE_TEMP_TRIGGER:
          case SQLITE_CREATE_TEMP_VIEW: *static_cast<bool*>(to) = true; break;
          default: break;
        }
        return SQLITE_OK;
      },
      meddled_.get());
}

inline void sqlite_connection::put_back() noexcept {
  if (!database_ || !is_mine()) return;
  database_.forget_hooks();
  watch();
  if (*meddled_) sqlite3_exec(database_.get(), "PRAGMA query_only = OFF", nullptr, nullptr, nullptr);
}

inline void sqlite_connection::finish() noexcept {
  if (*meddled_ && !transaction_open()) close();
}

inline void sqlite_connection::close() noexcept {
  auto old = std::move(database_);
  if (old && !is_mine()) old.forget();
  database_ = sqlite_database();
  configured_ = false;
  opened_ = {};
}

inline void sqlite_connection::abandon() noexcept {
  if (!database_ || !is_mine()) return;
  if (transaction_open()) sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
  database_.may_commit(true);
  finish();
}

inline result<bool> sqlite_connection::truncate_log() {
  // A reader can be in the way for as long as it likes, so that none is waited for.
  database_.wait_for_others(false);
  auto busy = database_.ask("PRAGMA wal_checkpoint(TRUNCATE)");
  database_.wait_for_others(true);
  if (!busy && busy.error() != std::errc::device_or_resource_busy) return std::move(busy).error();
  if (!busy || busy.value() != "0") return false;
  // SQLite cuts the write-ahead log without a sync, and removes it without one. It may be opened and closed here:
  // SQLite's locks are on the database and its shared memory.
  BOOST_OUTCOME_TRY(const auto at, locate(*system_, *root_, name_));
  auto wal = system_->open(at.directory, at.name + "-wal", {.access = system::open_how::access_mode::read_write});
  auto done = wal ? system_->sync(wal.value()) : std::move(wal).error();
  if (!done && done.error() == std::errc::no_such_file_or_directory) done = success();
  if (done) done = system_->sync(at.directory);
  if (!done) return std::move(done).error().on(name_ + "-wal");
  return true;
}

}  // namespace commitpoint::detail
