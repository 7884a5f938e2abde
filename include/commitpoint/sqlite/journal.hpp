#pragma once

/// \file
/// The working part of `journal::sqlite`.

#include <commitpoint/journal/interface.hpp>
#include <commitpoint/journal/kind_file.hpp>
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
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::journal {

/// The member of a generation's record that says what the log knew of the database when it began.
inline constexpr std::string_view last_member = "last";

/// What the log knows of commits in the database.
struct known_commits {
  std::uint64_t last = 0;  ///< the highest number of one that succeeded; 0: of none
  bool attempted = false;  ///< whether there is one of which the log does not say how it ended
};
[[nodiscard]] inline known_commits known_to_log(const std::vector<record>& records) {
  known_commits known;
  std::set<std::uint64_t> open;
  for (const auto& r : records) {
    if (r.kind == record_kind::generation) {
      const auto body = codec::cbor_view::whole(r.body);
      const auto last = body ? body->find(last_member) : std::nullopt;
      known.last = last ? last->number().value_or(0) : 0;
    } else if (is_note(r)) {
      open.insert(r.mutation);
    } else if (r.kind == record_kind::copying || r.kind == record_kind::published || r.kind == record_kind::retired) {
      if (open.contains(r.mutation)) known.last = std::max(known.last, r.mutation);
    } else if (r.kind == record_kind::rolling_back || r.kind == record_kind::rolled_back) {
      open.erase(r.mutation);
    }
    if (r.kind == record_kind::retired) open.erase(r.mutation);
  }
  known.attempted = !open.empty();
  return known;
}

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
        state_(&where.state),
        instance_(where.state_directory),
        log_(where, preallocate),
        connection_(where, std::move(database), busy_timeout) {}

  /// As that of the log. The database is looked at if it is there, and not made if it isn't. Where it is not the one
  /// that was committed in, what was committed is not known: damage, until it is back.
  /// \errors as the log; needs_repair (`journal.kind` is damaged); not_a_regular_file (the database or one of the files
  /// beside it); SQLite's.
  result<image> read() override;
  result<void> append(const record& r) override { return log_.append(r); }
  result<void> sync() override { return log_.sync(); }
  /// As that of the log. If `durable`, then first the database's part of what was read becomes durable, whatever
  /// other connections do meanwhile.
  /// \errors as the log; SQLite's.
  result<void> begin_generation(const record& r, bool durable) override;

  /// Opens the application's transaction unless it is open.
  /// \errors not_owner (a forked child); unsupported (no write-ahead log, or not a durable one); drifted (the file was
  /// replaced since it was opened); needs_repair (it is not the database that was committed in); SQLite's: busy after
  /// `busy_timeout`.
  result<void> begin() override;
  [[nodiscard]] sqlite3* database() noexcept override { return connection_.database().get(); }
  void put_back() noexcept override { connection_.put_back(); }
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

  /// The log's, and by which file the database is known: no row is looked at where it goes on, since all are settled.
  [[nodiscard]] std::string bookmark() const override;
  result<bool> resume(std::string_view bookmark) override;

  [[nodiscard]] bool is_full() const override { return log_.is_full(); }
  [[nodiscard]] bool is_known_durable() const override { return log_.is_known_durable(); }
  [[nodiscard]] std::string identity() const override { return "sqlite:" + connection_.name(); }
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

  void start_anew();
  result<void> connect_to_own();
  result<std::string> why_not_own(const std::string& id);
  result<void> bind();
  [[nodiscard]] image lost(image found, const std::string& why);
  [[nodiscard]] static record with_last(const record& r, std::uint64_t last);
  result<void> nested(std::string sql, std::size_t depth);
  result<void> settle_database();
  result<void> insert(const record& r);
  result<void> note(const record& r);

  system::door* system_;
  const system::handle* state_;
  std::string instance_;
  log_backend log_;
  connection connection_;
  bool damaged_ = false;    // the last read found a bad row
  bool lost_ = false;       // it did not find the database that was committed in
  bool is_own_ = false;     // the connection is to that one
  bool has_others_ = true;  // rows of other generations may stand; they say nothing, and go with the next commit
  std::uint64_t last_ = 0;  // the highest number that the log knows to be committed in the database
  std::optional<failure> broken_;
};

// What follows is the implementation.

inline void sqlite_backend::start_anew() {
  broken_.reset();
  damaged_ = false;
  lost_ = false;
  is_own_ = false;
  connection_.close();
}

inline result<image> sqlite_backend::read() {
  start_anew();
  has_others_ = true;
  BOOST_OUTCOME_TRY(auto found, log_.read());
  if (found.damage || found.records.empty()) return found;
  const auto known = known_to_log(found.records);
  last_ = known.last;
  if (last_ != 0) found.records.front() = with_last(found.records.front(), 0);
  BOOST_OUTCOME_TRY(const auto kind, read_kind(*system_, *state_, instance_));
  if (kind && !kind->database.empty()) {
    BOOST_OUTCOME_TRY(const auto why, why_not_own(kind->database));
    if (!why.empty()) return lost(std::move(found), why);
  } else {
    BOOST_OUTCOME_TRY(const bool there, connection_.look());
    // Whoever was about to commit had it open.
    if (!there && known.attempted) return lost(std::move(found), "it is not there");
    if (!there) return found;
    BOOST_OUTCOME_TRYV(connection_.connect(false));
  }
  BOOST_OUTCOME_TRYV(table().read(found, log_.tail()));
  if (found.damage) {
    damaged_ = true;
    found.damage = connection_.name() + ", table commitpoint_commits, " + *found.damage;
  }
  for (const auto& r : found.records) {
    if (r.kind == record_kind::commit) last_ = std::max(last_, r.mutation);
  }
  return found;
}

// Nothing can be decided without it: there may be a row.
inline image sqlite_backend::lost(image found, const std::string& why) {
  lost_ = true;
  found.damage = "what was committed is in the database '" + connection_.name() + "', and " + why +
                 ": put it back, and nothing else is needed";
  found.may_pass = true;
  return found;
}

// Why the database under the name is not the one that this root commits in; empty when it is, and then it is open.
inline result<std::string> sqlite_backend::why_not_own(const std::string& id) {
  BOOST_OUTCOME_TRY(const bool there, connection_.look());
  if (!there) return "it is not there";
  BOOST_OUTCOME_TRYV(connection_.connect(false));
  BOOST_OUTCOME_TRY(const auto found, table().database_id());
  if (found != id) return "another database has its name";
  BOOST_OUTCOME_TRY(const auto end, table().last());
  if (end < last_) {
    return "what has its name is an older copy, which ends with mutation " + std::to_string(end) + " and not with " +
           std::to_string(last_);
  }
  is_own_ = true;
  return std::string();
}

inline std::string sqlite_backend::bookmark() const {
  const auto of_log = log_.bookmark();
  if (broken_ || damaged_ || lost_ || of_log.empty()) return {};
  std::string bytes;
  codec::cbor_writer list(bytes);
  list.array(4);
  list.bytes(of_log);
  for (const std::uint64_t number : {last_, connection_.seen().device, connection_.seen().inode}) list.number(number);
  return bytes;
}

inline result<bool> sqlite_backend::resume(std::string_view bookmark) {
  start_anew();
  const auto list = codec::cbor_view::whole(bookmark);
  if (!list || !list->is_array()) return false;
  std::string_view of_log;
  std::vector<std::uint64_t> numbers;
  list->each_item([&](const codec::cbor_view& item) {
    if (const auto bytes = item.bytes()) of_log = *bytes;
    if (const auto number = item.number()) numbers.push_back(*number);
  });
  if (numbers.size() != 3) return false;
  BOOST_OUTCOME_TRYV(connection_.look());
  if (connection_.seen() != connection::file{numbers[1], numbers[2]}) return false;
  has_others_ = false;
  last_ = numbers[0];
  return log_.resume(of_log);
}

inline result<void> sqlite_backend::begin_generation(const record& r, bool durable) {
  if (broken_) return *broken_;
  has_others_ = true;
  if (lost_) {
    // Somebody has accepted that: what has the name now is nobody's, and the next mutation takes it. First the new
    // generation: should the old database come back, its rows say nothing in it.
    BOOST_OUTCOME_TRYV(log_.begin_generation(r, durable));
    BOOST_OUTCOME_TRYV(write_kind(*system_, *state_, {kind_file::text_of(identity()), {}}));
    last_ = 0;
    lost_ = false;
    return success();
  }
  if (durable || damaged_) {
    BOOST_OUTCOME_TRYV(settle_database());
  }
  if (damaged_) last_ = 0;
  return log_.begin_generation(last_ == 0 ? r : with_last(r, last_), durable);
}

// What the log knows of the database goes on with the generation, and is nothing that a reader has to see.
inline record sqlite_backend::with_last(const record& r, std::uint64_t last) {
  const auto body = codec::cbor_view::whole(r.body);
  if (!body || !body->is_map()) return r;
  auto other = r;
  other.body.clear();
  codec::cbor_map map(other.body);
  bool is_in = last == 0;
  const auto put = [&] {
    if (!std::exchange(is_in, true)) map.member(last_member).number(last);
  };
  body->each_member([&](std::string_view name, const codec::cbor_view& value) {
    if (name == last_member) return;
    if (name > last_member) put();
    map.member(name).item(value.encoded());
  });
  put();
  return other;
}

inline result<void> sqlite_backend::begin() {
  if (broken_) return *broken_;
  BOOST_OUTCOME_TRYV(connect_to_own());
  if (transaction_open()) return success();
  return connection_.begin();
}

// Connects to the database that the root commits in; the first one that it commits in is that from then on.
inline result<void> sqlite_backend::connect_to_own() {
  if (!connection_.database()) is_own_ = false;
  if (is_own_) {
    BOOST_OUTCOME_TRYV(connection_.connect(false));  // by this very process?
    return transaction_open() ? success() : connection_.still_there();
  }
  BOOST_OUTCOME_TRY(const auto kind, read_kind(*system_, *state_, instance_));
  if (!kind || kind->database.empty()) {
    BOOST_OUTCOME_TRYV(connection_.look());
    BOOST_OUTCOME_TRYV(connection_.connect(true));
    return bind();
  }
  BOOST_OUTCOME_TRY(const auto why, why_not_own(kind->database));
  if (why.empty()) return success();
  // The next owner will be told by which name to accept it.
  broken_ = failure(make_error_code(errc::needs_repair), connection_.name(),
                    "this root commits in a database of this name, and " + why + "; put it back, and acquire again");
  return *broken_;
}

// An id that both have, first durably the database: until the root says so, nothing is committed.
inline result<void> sqlite_backend::bind() {
  BOOST_OUTCOME_TRY(auto id, table().database_id());
  if (id.empty()) id = std::to_string(system_->random());
  BOOST_OUTCOME_TRYV(transact([&] { return table().set_database_id(id); }));
  BOOST_OUTCOME_TRYV(write_kind(*system_, *state_, {kind_file::text_of(identity()), id}));
  is_own_ = true;
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
  auto ready = connection_.ready_to_commit();
  if (ready) ready = insert(r);
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
    last_ = std::max(last_, r.mutation);
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
  BOOST_OUTCOME_TRYV(connection_.still_there());
  if (connection_.seen().inode == 0) return success();
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
