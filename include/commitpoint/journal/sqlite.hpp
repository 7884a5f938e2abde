#pragma once

/// \file
/// `journal::sqlite`: the commit record is a row of the application's own database, inserted in the application's own
/// transaction, so that one COMMIT decides rows and files together. Everything else is in a log, because what can undo
/// an effect must be durable while that transaction is still open, and one database has one writer.
///
///     begin        the connection, opened when first needed: WAL, synchronous=FULL, BEGIN IMMEDIATE
///     commit       the row; a note in the log that the outcome is about to be decided; COMMIT
///     abandon      ROLLBACK
///     read         the log, and the rows that belong to its newest generation, in their places
///
/// Needs SQLite3; link `commitpoint::sqlite`. docs/formats/sqlite.md has the table.

#include <commitpoint/journal/concept.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/journal/sqlite_connection.hpp>
#include <commitpoint/journal/sqlite_error.hpp>
#include <commitpoint/journal/sqlite_mutation.hpp>
#include <commitpoint/journal/sqlite_rows.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/snapshot/sqlite.hpp>

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

template <system::System S>
class sqlite_backend;

/// The journal that commits rows and files at one commit point.
struct sqlite {
  using kind = commitpoint::kind::journal;

  /// The application's database, relative to the root; empty is `journal.db` in the state directory.
  std::string database = {};
  /// How long to wait for a lock that another program holds on it.
  std::chrono::milliseconds busy_timeout{5000};

  template <system::System S>
  using backend = sqlite_backend<S>;
  template <class Run>
  using mutation_for = commitpoint::detail::enlisting_mutation_for<Run>;
};

/// The working part of `sqlite`. The system and the handles of its `place` outlive it.
///
/// The connection belongs to the process that opened it: in a forked child every call that needs it fails with
/// `not_owner`, and destruction leaves it alone.
template <system::System S>
class sqlite_backend {
 public:
  static constexpr bool transactional = true;

  /// \errors outside_root, invalid_path (the name of the database).
  [[nodiscard]] static result<sqlite_backend> open(S& system, const place<S>& where, const sqlite& settings);

  /// As that of the log. The database is looked at if it is there, and not made if it isn't.
  /// \errors as the log; not_a_regular_file (the database or one of the files beside it); SQLite's.
  [[nodiscard]] result<image> read();
  [[nodiscard]] result<void> append(const record& r) { return log_.append(r); }
  [[nodiscard]] result<void> sync() { return log_.sync(); }
  /// As that of the log. If `durable`, then first the database's part of what was read becomes durable, whatever
  /// other connections do meanwhile.
  /// \errors as the log; SQLite's.
  [[nodiscard]] result<void> begin_generation(const record& r, bool durable);

  /// Opens the application's transaction unless it is open.
  /// \errors not_owner (a forked child); unsupported (no write-ahead log, or not a durable one); SQLite's: busy after
  /// `busy_timeout`.
  [[nodiscard]] result<sqlite3*> begin();
  [[nodiscard]] bool transaction_open() const noexcept { return connection_.transaction_open(); }
  /// Rolls the application's transaction back, if it is open.
  void abandon() noexcept { connection_.abandon(); }

  /// Savepoints in the open transaction, by the depth at which they are nested.
  /// \errors not_owner (a forked child); unsupported when SQLite has ended the transaction, as some errors make it;
  /// SQLite's.
  [[nodiscard]] result<void> savepoint(std::size_t depth) { return nested("SAVEPOINT ", depth); }
  [[nodiscard]] result<void> release(std::size_t depth) { return nested("RELEASE ", depth); }
  [[nodiscard]] result<void> roll_back_to(std::size_t depth) {
    BOOST_OUTCOME_TRYV(nested("ROLLBACK TO ", depth));
    return release(depth);
  }

  /// Inserts the commit record and ends the transaction. The rows of mutations that `body["retires"]` settles are
  /// removed with it.
  /// \durability always, whatever `durable` says: the rows are the application's, and it was promised no less.
  /// \errors as `begin`; the system's. With `outcome::unknown` if the record may be on disk; otherwise the transaction
  /// was rolled back.
  [[nodiscard]] result<void> commit(const record& r, bool durable);

  [[nodiscard]] bool is_full() const noexcept { return log_.is_full(); }
  /// The database, and the files that SQLite keeps beside it.
  [[nodiscard]] bool reserves(std::string_view plain) const {
    const auto& name = connection_.name();
    return plain.starts_with(name) && std::ranges::count(connection_.suffixes, plain.substr(name.size())) != 0;
  }
  /// The log's. A database is never copied as a file: closing the copy's source in this process would drop the locks
  /// of every connection in it. Rows that are evidence are set aside in their table instead.
  [[nodiscard]] std::vector<std::string> evidence() const { return log_.evidence(); }

 private:
  using connection = commitpoint::detail::sqlite_connection<S>;

  sqlite_backend(S& system, const place<S>& where, log_backend<S> log, connection to)
      : system_(&system), instance_(where.state_directory), log_(std::move(log)), connection_(std::move(to)) {}

  [[nodiscard]] commitpoint::detail::sqlite_rows rows() { return {connection_.database(), instance_}; }

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

  S* system_;
  std::string instance_;
  log_backend<S> log_;
  connection connection_;
  bool damaged_ = false;  // the last read found a bad row
  std::optional<failure> broken_;
};

// What follows is the implementation.

template <system::System S>
result<sqlite_backend<S>> sqlite_backend<S>::open(S& system, const place<S>& where, const sqlite& settings) {
  const auto& chosen = settings.database.empty() ? where.state_directory + "/journal.db" : settings.database;
  BOOST_OUTCOME_TRY(auto name, commitpoint::detail::plain_path(chosen));
  BOOST_OUTCOME_TRY(auto inner, log_backend<S>::open(system, where, log{}));
  return sqlite_backend(system, where, std::move(inner),
                        connection(system, where.root, std::move(name), settings.busy_timeout));
}

template <system::System S>
result<image> sqlite_backend<S>::read() {
  broken_.reset();
  damaged_ = false;
  BOOST_OUTCOME_TRY(auto found, log_.read());
  if (found.damage || found.records.empty()) return found;
  BOOST_OUTCOME_TRY(const bool there, connection_.look());
  if (!there) return found;
  BOOST_OUTCOME_TRYV(connection_.connect(false));
  BOOST_OUTCOME_TRYV(rows().read(found, log_.tail()));
  if (found.damage) {
    damaged_ = true;
    found.damage = connection_.name() + ", table commitpoint_commits, " + *found.damage;
  }
  return found;
}

template <system::System S>
result<void> sqlite_backend<S>::begin_generation(const record& r, bool durable) {
  if (broken_) return *broken_;
  if (durable || damaged_) {
    BOOST_OUTCOME_TRYV(settle_database());
  }
  return log_.begin_generation(r, durable);
}

template <system::System S>
result<sqlite3*> sqlite_backend<S>::begin() {
  if (broken_) return *broken_;
  if (!transaction_open()) {
    BOOST_OUTCOME_TRYV(connection_.look());
  }
  BOOST_OUTCOME_TRYV(connection_.connect(true));  // also where it is open: by this very process?
  if (!transaction_open()) {
    BOOST_OUTCOME_TRYV(connection_.begin());
  }
  return connection_.database().get();
}

template <system::System S>
result<void> sqlite_backend<S>::nested(std::string sql, std::size_t depth) {
  if (broken_) return *broken_;
  BOOST_OUTCOME_TRYV(connection_.connect(false));
  if (!transaction_open()) {
    return failure(make_error_code(errc::unsupported), connection_.name(),
                   "SQLite has rolled the whole transaction back, with everything that was enlisted before");
  }
  sql += "commitpoint_" + std::to_string(depth);
  return connection_.database().execute(sql.c_str());
}

template <system::System S>
result<void> sqlite_backend<S>::commit(const record& r, bool) {
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
  if (done) return done;
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
template <system::System S>
result<void> sqlite_backend<S>::settle_database() {
  BOOST_OUTCOME_TRY(const bool there, connection_.look());
  if (!there) return success();
  BOOST_OUTCOME_TRYV(connection_.connect(false));
  BOOST_OUTCOME_TRYV(connection_.configure());
  if (damaged_) {
    BOOST_OUTCOME_TRYV(transact([&] { return rows().set_aside(system_->random()); }));
  }
  BOOST_OUTCOME_TRY(const bool cut, connection_.truncate_log());
  if (cut) return success();
  // Another connection is in the way. A commit under synchronous=FULL syncs the write-ahead log with everything in it,
  // and overwrites what stands behind its end.
  return transact([&]() -> result<void> {
    BOOST_OUTCOME_TRYV(rows().make_table());
    return rows().insert_mark(system_->random());
  });
}

template <system::System S>
result<void> sqlite_backend<S>::insert(const record& r) {
  std::uint64_t settled = 0;
  if (const auto retires = r.body.find("retires"); retires != r.body.end()) settled = retires->get<std::uint64_t>();
  BOOST_OUTCOME_TRYV(rows().make_table());
  BOOST_OUTCOME_TRYV(rows().remove_settled(settled, log_.tail()));
  return rows().insert(r, log_.tail());
}

// A record of the log that has no effect to undo.
template <system::System S>
result<void> sqlite_backend<S>::note(const record& r) {
  auto body = r.body;
  for (const auto* mine : {"redo", "details", "retires"}) body.erase(mine);
  body["entries"] = nlohmann::json::array();
  return log_.append({record_kind::protect, r.mutation, std::move(body), {}});
}

}  // namespace commitpoint::journal
