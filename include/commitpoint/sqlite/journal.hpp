#pragma once

/// \file
/// The working part of `journal::sqlite`.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/log_backend.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/sqlite/connection.hpp>
#include <commitpoint/sqlite/error.hpp>
#include <commitpoint/sqlite/mutation.hpp>
#include <commitpoint/sqlite/rows.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::journal {

/// The working part of `sqlite`. The system and the handles of its `place` outlive it.
///
/// The connection belongs to the process that opened it: in a forked child every call that needs it fails with
/// `not_owner`, and destruction leaves it alone.
class sqlite_backend final : public backend, public commitpoint::detail::sqlite_transaction {
 public:
  /// `database` is relative to the root, and plain; `preallocate` is the log's.
  sqlite_backend(const place& where, std::string database, std::chrono::milliseconds busy_timeout,
                 std::uint64_t preallocate = log{}.preallocate)
      : system_(&where.system),
        instance_(where.state_directory),
        log_(where, preallocate),
        connection_(where.system, where.root, std::move(database), busy_timeout) {}

  /// As that of the log. The database is looked at if it is there, and not made if it isn't.
  /// \errors as the log; not_a_regular_file (the database or one of the files beside it); SQLite's.
  result<image> read() override;
  result<void> append(const record& r) override { return log_.append(r); }
  result<void> sync() override { return log_.sync(); }
  /// As that of the log. If `durable`, then first the database's part of what was read becomes durable, whatever
  /// other connections do meanwhile.
  /// \errors as the log; SQLite's.
  result<void> begin_generation(const record& r, bool durable) override;

  /// Opens the application's transaction unless it is open.
  /// \errors not_owner (a forked child); unsupported (no write-ahead log, or not a durable one); SQLite's: busy after
  /// `busy_timeout`.
  result<void> begin() override;
  [[nodiscard]] sqlite3* database() noexcept override { return connection_.database().get(); }
  [[nodiscard]] bool transaction_open() const noexcept { return connection_.transaction_open(); }
  /// Rolls the application's transaction back, if it is open.
  void abandon() noexcept override { connection_.abandon(); }

  /// Savepoints in the open transaction, by the depth at which they are nested.
  /// \errors not_owner (a forked child); unsupported when SQLite has ended the transaction, as some errors make it;
  /// SQLite's.
  result<void> savepoint(std::size_t depth) override { return nested("SAVEPOINT ", depth); }
  result<void> release(std::size_t depth) override { return nested("RELEASE ", depth); }
  result<void> roll_back_to(std::size_t depth) override {
    BOOST_OUTCOME_TRYV(nested("ROLLBACK TO ", depth));
    return release(depth);
  }

  /// Inserts the commit record and ends the transaction. The rows of mutations that `body["retires"]` settles are
  /// removed with it.
  /// \durability always, whatever `durable` says: the rows are the application's, and it was promised no less.
  /// \errors as `begin`; the system's. With `outcome::unknown` if the record may be on disk; otherwise the transaction
  /// was rolled back.
  result<void> commit(const record& r, bool durable) override;

  /// The log's: no row is looked at where it goes on, since all are settled.
  [[nodiscard]] std::string bookmark() const override { return broken_ || damaged_ ? std::string() : log_.bookmark(); }
  result<bool> resume(std::string_view bookmark) override {
    broken_.reset();
    damaged_ = false;
    has_others_ = false;
    return log_.resume(bookmark);
  }

  [[nodiscard]] bool is_full() const override { return log_.is_full(); }
  [[nodiscard]] bool is_known_durable() const override { return log_.is_known_durable(); }
  /// The database, and the files that SQLite keeps beside it.
  [[nodiscard]] bool reserves(std::string_view plain) const override {
    const auto& name = connection_.name();
    return plain.starts_with(name) && std::ranges::count(connection_.suffixes, plain.substr(name.size())) != 0;
  }
  [[nodiscard]] std::vector<std::string> outside() const override {
    std::vector<std::string> paths;
    for (const auto suffix : connection_.suffixes) paths.push_back(connection_.name() + std::string(suffix));
    return paths;
  }
  /// The log's. A database is never copied as a file: closing the copy's source in this process would drop the locks
  /// of every connection in it. Rows that are evidence are set aside in their table instead.
  [[nodiscard]] std::vector<std::string> evidence() const override { return log_.evidence(); }
  [[nodiscard]] transaction* rows() noexcept override { return this; }

 private:
  using connection = commitpoint::detail::sqlite_connection;

  [[nodiscard]] commitpoint::detail::sqlite_rows table() { return {connection_.database(), instance_}; }

  // Runs `f` in a transaction of its own.
  template <class F>
  result<void> transact(F f) {
    BOOST_OUTCOME_TRYV(connection_.begin());
    auto done = f();
    if (done) done = connection_.commit();
    if (!done) abandon();
    return done;
  }

  result<void> nested(std::string sql, std::size_t depth);
  result<void> settle_database();
  result<void> insert(const record& r);
  result<void> note(const record& r);

  system::door* system_;
  std::string instance_;
  log_backend log_;
  connection connection_;
  bool damaged_ = false;    // the last read found a bad row
  bool has_others_ = true;  // rows of other generations may stand; they say nothing, and go with the next commit
  std::optional<failure> broken_;
};

// What follows is the implementation.

inline result<image> sqlite_backend::read() {
  broken_.reset();
  damaged_ = false;
  has_others_ = true;
  BOOST_OUTCOME_TRY(auto found, log_.read());
  if (found.damage || found.records.empty()) return found;
  BOOST_OUTCOME_TRY(const bool there, connection_.look());
  if (!there) return found;
  BOOST_OUTCOME_TRYV(connection_.connect(false));
  BOOST_OUTCOME_TRYV(table().read(found, log_.tail()));
  if (found.damage) {
    damaged_ = true;
    found.damage = connection_.name() + ", table commitpoint_commits, " + *found.damage;
  }
  return found;
}

inline result<void> sqlite_backend::begin_generation(const record& r, bool durable) {
  if (broken_) return *broken_;
  if (durable || damaged_) {
    BOOST_OUTCOME_TRYV(settle_database());
  }
  has_others_ = true;
  return log_.begin_generation(r, durable);
}

inline result<void> sqlite_backend::begin() {
  if (broken_) return *broken_;
  if (!transaction_open()) {
    BOOST_OUTCOME_TRYV(connection_.look());
  }
  BOOST_OUTCOME_TRYV(connection_.connect(true));  // also where it is open: by this very process?
  if (!transaction_open()) {
    BOOST_OUTCOME_TRYV(connection_.begin());
  }
  return success();
}

inline result<void> sqlite_backend::nested(std::string sql, std::size_t depth) {
  if (broken_) return *broken_;
  BOOST_OUTCOME_TRYV(connection_.connect(false));
  if (!transaction_open()) {
    return failure(make_error_code(errc::unsupported), connection_.name(),
                   "SQLite has rolled the whole transaction back, with everything that was enlisted before");
  }
  sql += "commitpoint_" + std::to_string(depth);
  return connection_.database().execute(sql.c_str());
}

inline result<void> sqlite_backend::commit(const record& r, bool) {
  BOOST_OUTCOME_TRYV(begin());
  auto ready = insert(r);
  // While another program has the database open, a commit that was cut short can be on disk where nobody sees it: the
  // index in shared memory does not know of it. After a power cut it would appear. So the log says that this mutation
  // was about to commit, and a drain settles the database before it acts. The note needs no sync: a power cut that
  // takes it away takes the index away as well.
  if (ready) ready = note(r);
  if (!ready) {
    abandon();
    return ready;
  }
  auto done = connection_.commit();
  if (done) {
    has_others_ = false;
    return done;
  }
  switch (done.error().code.value() & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_CONSTRAINT:
    case SQLITE_INTERRUPT:
    case SQLITE_FULL:
      // The last frame, the one that commits, was not written. The note stays, and is settled by the next drain.
      abandon();
      if (!transaction_open()) return done;
      break;
    default: break;
  }
  broken_ = std::move(done).error().with(outcome::unknown);
  return *broken_;
}

// Makes what was read from the database durable, and makes sure that what was not read is not on disk either: a commit
// that was cut short, and is invisible as long as another connection keeps the index in shared memory alive.
inline result<void> sqlite_backend::settle_database() {
  BOOST_OUTCOME_TRY(const bool there, connection_.look());
  if (!there) return success();
  BOOST_OUTCOME_TRYV(connection_.connect(false));
  BOOST_OUTCOME_TRYV(connection_.configure());
  if (damaged_) {
    BOOST_OUTCOME_TRYV(transact([&] { return table().set_aside(system_->random()); }));
  }
  BOOST_OUTCOME_TRY(const bool cut, connection_.truncate_log());
  if (cut) return success();
  // Another connection is in the way. A commit under synchronous=FULL syncs the write-ahead log with everything in it,
  // and overwrites what stands behind its end.
  return transact([&]() -> result<void> {
    BOOST_OUTCOME_TRYV(table().make_table());
    return table().insert_mark(system_->random());
  });
}

inline result<void> sqlite_backend::insert(const record& r) {
  const auto settled = retired_by(r).value_or(0);
  BOOST_OUTCOME_TRYV(table().make_table());
  BOOST_OUTCOME_TRYV(table().remove_settled(settled));
  if (has_others_) {
    BOOST_OUTCOME_TRYV(table().remove_others(log_.tail()));
  }
  return table().insert(r, log_.tail());
}

// A record of the log that has no effect to undo.
inline result<void> sqlite_backend::note(const record& r) {
  const auto body = codec::cbor_view::whole(r.body);
  std::string bytes;
  codec::cbor_map map(bytes);
  for (const auto* name : {"cache", "durability", "entries", "operation"}) {
    if (name == std::string_view("entries")) {
      map.member(name).array(0);
    } else if (const auto said = body ? body->find(name) : std::nullopt) {
      map.member(name).item(said->encoded());
    }
  }
  return log_.append({record_kind::protect, r.mutation, std::move(bytes), {}});
}

}  // namespace commitpoint::journal
