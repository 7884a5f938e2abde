#include "log_fixture.hpp"

#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/sqlite/journal.hpp>

#include <doctest/doctest.h>

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>
#include <functional>
#include <optional>
#include <stdexcept>
#include <thread>

using namespace journal_test;
using namespace std::chrono_literals;
using cp::outcome;

namespace {

const auto nothing = nlohmann::json::object();

// Another program's connection to the database.
class stranger {
 public:
  explicit stranger(const cp::path& file) {
    const int how = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    REQUIRE(sqlite3_open_v2(file.c_str(), &database_, how, nullptr) == SQLITE_OK);
  }
  stranger(const stranger&) = delete;
  stranger& operator=(const stranger&) = delete;
  ~stranger() { sqlite3_close_v2(database_); }

  int run(const char* sql) { return sqlite3_exec(database_, sql, nullptr, nullptr, nullptr); }
  std::string ask(const char* sql) {
    std::string answer;
    sqlite3_exec(
        database_, sql,
        [](void* to, int, char** columns, char**) {
          *static_cast<std::string*>(to) += columns[0] == nullptr ? "NULL" : columns[0];
          return 0;
        },
        &answer, nullptr);
    return answer;
  }
  [[nodiscard]] sqlite3* get() const { return database_; }

 private:
  sqlite3* database_ = nullptr;
};

cp::result<void> run(sqlite3* database, const char* sql) {
  if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK) return cp::sqlite_failure(database);
  return cp::success();
}

record commit_record(std::uint64_t mutation, std::uint64_t retires = 0) {
  return make(record_kind::commit, mutation, {{"redo", {mutation}}, {"retires", retires}}, "contents");
}

struct sqlite_fixture : log_fixture {
  using backend = cp::journal::sqlite_backend;

  cp::journal::sqlite settings{.database = "registry.db", .busy_timeout = 30ms};

  sqlite_fixture() {
    stranger application(database());
    REQUIRE(application.run("PRAGMA journal_mode = WAL; CREATE TABLE documents(name TEXT PRIMARY KEY)") == SQLITE_OK);
  }
  // F33
  ~sqlite_fixture() { CHECK(stranger(database()).ask("PRAGMA integrity_check") == "ok"); }

  [[nodiscard]] cp::path database() const { return directory / settings.database; }
  [[nodiscard]] backend open() {
    const auto chosen = settings.database.empty() ? state_directory + "/journal.db" : settings.database;
    return backend({system, root, state, state_directory}, cp::files::plain_path(chosen).value(),
                   settings.busy_timeout);
  }
  [[nodiscard]] backend open_and_read() {
    auto opened = open();
    const auto image = opened.read().value();
    if (image.damage) throw std::runtime_error(*image.damage);
    return opened;
  }
  backend begun() {
    auto opened = open_and_read();
    opened.begin_generation(make(record_kind::generation, 1), true).value();
    return opened;
  }
  [[nodiscard]] cp::journal::image image() { return open().read().value(); }
  [[nodiscard]] std::string ask(const char* sql) { return stranger(database()).ask(sql); }
  [[nodiscard]] std::string documents() { return ask("SELECT coalesce(group_concat(name), '') FROM documents"); }
};

// Changes the record of the only row.
void tamper(const sqlite_fixture& db, const std::function<void(std::string&)>& change) {
  stranger other(db.database());
  sqlite3_stmt* row = nullptr;
  REQUIRE(sqlite3_prepare_v2(other.get(), "SELECT record FROM commitpoint_commits", -1, &row, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(row) == SQLITE_ROW);
  std::string bytes(static_cast<const char*>(sqlite3_column_blob(row, 0)),
                    static_cast<std::size_t>(sqlite3_column_bytes(row, 0)));
  sqlite3_finalize(row);
  change(bytes);
  const auto* sql = "UPDATE commitpoint_commits SET record = ?1";
  REQUIRE(sqlite3_prepare_v2(other.get(), sql, -1, &row, nullptr) == SQLITE_OK);
  sqlite3_bind_blob(row, 1, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
  REQUIRE(sqlite3_step(row) == SQLITE_DONE);
  sqlite3_finalize(row);
}

std::vector<record_kind> without_notes(const cp::journal::image& image) {
  auto all = kinds(image);
  std::erase(all, record_kind::protect);
  return all;
}

// Runs `f` in a child that ends there and then, as by SIGKILL.
void in_killed_child(const std::function<void()>& f) {
  const auto child = ::fork();
  if (child == 0) {
    f();
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));
}

// The default VFS, whose write-ahead log fails to sync while `broken` is set.
class failing_sync {
 public:
  failing_sync() {
    base = sqlite3_vfs_find(nullptr);
    vfs = *base;
    vfs.zName = "failing-sync";
    vfs.pNext = nullptr;
    vfs.xOpen = [](sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
      const int code = base->xOpen(base, name, file, flags, out);
      if (code == SQLITE_OK && (flags & SQLITE_OPEN_WAL) != 0) {
        original = file->pMethods;
        methods = *original;
        methods.xSync = [](sqlite3_file* f, int how) { return broken ? SQLITE_IOERR_FSYNC : original->xSync(f, how); };
        file->pMethods = &methods;
      }
      return code;
    };
    REQUIRE(sqlite3_vfs_register(&vfs, 1) == SQLITE_OK);
  }
  failing_sync(const failing_sync&) = delete;
  failing_sync& operator=(const failing_sync&) = delete;
  ~failing_sync() {
    broken = false;
    sqlite3_vfs_unregister(&vfs);
  }

  static inline bool broken = false;

 private:
  static inline sqlite3_vfs* base = nullptr;
  static inline sqlite3_vfs vfs{};
  static inline const sqlite3_io_methods* original = nullptr;
  static inline sqlite3_io_methods methods{};
};

// As the engine: counts what reaches it.
struct fake_run final : cp::detail::mutation_effects {
  explicit fake_run(sqlite_fixture::backend& to) : journal(to) {}

  cp::result<cp::journal::transaction*> begin_rows() override {
    if (poisoned) return *poisoned;
    auto begun = journal.begin();
    if (begun) return journal.rows();
    poison(std::move(begun).error().at(cp::step::body).in(number()));
    return *poisoned;
  }
  void poison(const cp::failure& why) override {
    if (!poisoned) poisoned = why;
  }

  cp::result<void> write(cp::path_view, cp::bytes_view, const cp::write_options&) override { return cp::success(); }
  cp::result<void> append(cp::path_view, cp::bytes_view) override { return cp::success(); }
  cp::result<std::string> read(cp::path_view) override { return std::string(); }
  cp::result<bool> exists(cp::path_view) override { return false; }
  cp::result<cp::path> stage(cp::path_view) override { return cp::path(); }
  cp::result<void> publish(cp::path_view, cp::path_view) override { return cp::success(); }
  cp::result<void> remove(cp::path_view) override { return cp::success(); }
  cp::result<void> rename(cp::path_view, cp::path_view) override { return cp::success(); }
  cp::result<void> create_directories(cp::path_view) override { return cp::success(); }
  cp::result<void> symlink(std::string_view, cp::path_view) override { return cp::success(); }
  cp::result<void> protect(const cp::touch&) override { return cp::success(); }
  cp::result<void> will_create(const cp::path_set&) override { return cp::success(); }
  cp::result<void> track_new(const cp::path_set&) override { return cp::success(); }
  cp::result<void> expect(cp::path_view, std::optional<std::string_view>) override { return cp::success(); }
  cp::result<void> on_rollback(std::string_view, const nlohmann::json&) override { return cp::success(); }
  cp::result<int> lease_fd() override { return 0; }
  cp::result<void> open_savepoint() override { return cp::success(); }
  cp::result<void> close_savepoint(const cp::failure*) override { return cp::success(); }
  void abandon_savepoint() override {}
  cp::path root() const override { return {}; }
  std::uint64_t number() const noexcept override { return 7; }
  bool cancelled() const noexcept override { return false; }

  sqlite_fixture::backend& journal;
  std::optional<cp::failure> poisoned;
};

// As an owner makes it.
struct mutation final : cp::enlisting_mutation {
  explicit mutation(fake_run& run) : enlisting_mutation(run) {}
};

// The application's transaction, and its connection.
cp::result<sqlite3*> begin(sqlite_fixture::backend& journal) {
  BOOST_OUTCOME_TRYV(journal.begin());
  return journal.database();
}

}  // namespace

TEST_CASE("F31: one COMMIT decides the application's rows and the commit record") {
  sqlite_fixture db;
  auto journal = db.begun();
  auto* connection = begin(journal).value();
  CHECK(journal.transaction_open());
  CHECK(begin(journal).value() == connection);
  run(connection, "INSERT INTO documents VALUES('a')").value();
  CHECK(db.documents().empty());  // nobody else sees it yet
  CHECK(db.image().records.size() == 1);
  journal.commit(commit_record(1), true).value();
  CHECK_FALSE(journal.transaction_open());
  CHECK(db.documents() == "a");
  const auto image = db.image();
  CHECK(without_notes(image) == std::vector{record_kind::generation, record_kind::commit});
  CHECK(image.records.back().mutation == 1);
  CHECK(support::json_of(image.records.back()).at("redo") == nlohmann::json{1});
  CHECK(image.records.back().contents == "contents");
}

TEST_CASE("F31: an abandoned transaction leaves neither") {
  sqlite_fixture db;
  auto journal = db.begun();
  run(begin(journal).value(), "INSERT INTO documents VALUES('a')").value();
  journal.abandon();
  journal.abandon();
  CHECK_FALSE(journal.transaction_open());
  CHECK(db.documents().empty());
  journal.commit(commit_record(1), true).value();  // and a commit without rows of the application
  CHECK(db.documents().empty());
  CHECK(without_notes(db.image()).size() == 2);
}

TEST_CASE("F31: a process that ends before or after the COMMIT leaves both or neither") {
  for (const bool committed : {false, true}) {
    sqlite_fixture db;
    in_killed_child([&] {
      auto journal = db.begun();
      run(begin(journal).value(), "INSERT INTO documents VALUES('a')").value();
      journal.append(make(record_kind::will_create, 1)).value();
      if (committed) journal.commit(commit_record(1), true).value();
      ::kill(::getpid(), SIGKILL);
    });
    const auto found = kinds(db.image());
    CHECK((std::ranges::count(found, record_kind::commit) == 1) == committed);
    CHECK((db.documents() == "a") == committed);
  }
}

TEST_CASE("commit records stand where they belong among the records of the log") {
  sqlite_fixture db;
  auto journal = db.begun();
  for (std::uint64_t m = 1; m <= 2; ++m) {
    journal.append(make(record_kind::will_create, m)).value();
    journal.commit(commit_record(m), true).value();
    journal.append(make(record_kind::published, m)).value();
  }
  journal.append(make(record_kind::retired, 1)).value();
  const auto image = db.image();
  CHECK(without_notes(image) == std::vector{record_kind::generation, record_kind::will_create, record_kind::commit,
                                            record_kind::published, record_kind::will_create, record_kind::commit,
                                            record_kind::published, record_kind::retired});
  CHECK(image.records.at(3).kind == record_kind::commit);
  CHECK(image.records.at(3).mutation == 1);
}

TEST_CASE("F13: a row of a mutation that was rolled back according to the log is damage") {
  sqlite_fixture db;
  auto journal = db.begun();
  journal.commit(commit_record(1), true).value();
  journal.append(make(record_kind::rolled_back, 1)).value();
  CHECK(db.image().damage);
}

TEST_CASE("rows go when their mutation is retired, and those of older generations are settled") {
  sqlite_fixture db;
  auto journal = db.begun();
  journal.commit(commit_record(1), true).value();
  journal.commit(commit_record(2, 1), true).value();
  CHECK(db.ask("SELECT group_concat(mutation) FROM commitpoint_commits") == "2");
  journal.begin_generation(make(record_kind::generation, 3), true).value();
  CHECK(db.image().records.size() == 1);
  CHECK(db.ask("SELECT group_concat(mutation) FROM commitpoint_commits") == "2");
  journal.commit(commit_record(3), true).value();
  CHECK(db.ask("SELECT group_concat(mutation) FROM commitpoint_commits") == "3");
  CHECK(db.image().records.back().mutation == 3);
}

TEST_CASE("F15: a state directory that starts anew does not believe the rows of the one before it") {
  sqlite_fixture db;
  db.begun().commit(commit_record(1), true).value();
  boost::filesystem::remove(db.file(0));
  boost::filesystem::remove(db.file(1));
  auto journal = db.begun();
  CHECK(db.image().records.size() == 1);
  journal.commit(make(record_kind::commit, 1, {{"redo", "another"}}), true).value();
  CHECK(support::json_of(db.image().records.back()).at("redo") == "another");
}

TEST_CASE("two state directories can share a database") {
  sqlite_fixture db;
  db.system.make_directory(db.root, "second", 0700).value();
  const auto other_state = db.system.open(db.root, "second", {.directory = true}).value();
  const std::string other_name = "second";
  const auto open_other = [&] {
    return sqlite_fixture::backend({db.system, db.root, other_state, other_name}, db.settings.database,
                                   db.settings.busy_timeout);
  };
  auto first = db.begun();
  auto second = open_other();
  second.read().value();
  second.begin_generation(make(record_kind::generation, 1), true).value();
  second.commit(make(record_kind::commit, 1, {{"redo", "second"}}), true).value();
  first.commit(commit_record(1), true).value();
  first.commit(commit_record(2, 1), true).value();
  CHECK(db.image().records.back().mutation == 2);
  CHECK(support::json_of(open_other().read().value().records.back()).at("redo") == "second");
}

TEST_CASE("looking makes no database and no table, and leaves the write-ahead log as it was") {
  sqlite_fixture db;
  db.begun();
  CHECK(db.ask("SELECT count(*) FROM sqlite_master") == "2");  // documents and its index
  db.settings.database = "missing.db";
  CHECK(db.image().records.size() == 1);
  CHECK_FALSE(boost::filesystem::exists(db.database()));
  db.settings.database = "no/such/directory.db";
  CHECK(db.image().records.size() == 1);
  CHECK(db.open_and_read().begin().error().path() == db.settings.database);

  db.settings.database = "registry.db";
  in_killed_child([&] {
    auto journal = db.open_and_read();
    journal.commit(commit_record(1), true).value();
    ::kill(::getpid(), SIGKILL);
  });
  const auto main = slurp(db.database());
  const auto wal = slurp(db.database().native() + "-wal");
  CHECK_FALSE(wal.empty());
  CHECK(db.image().records.size() == 3);
  CHECK(slurp(db.database()) == main);
  CHECK(slurp(db.database().native() + "-wal") == wal);
}

TEST_CASE("without a name the database is in the state directory, and is made when it is needed") {
  sqlite_fixture db;
  db.settings.database = "";
  auto journal = db.begun();
  journal.commit(commit_record(1), true).value();
  CHECK(boost::filesystem::exists(db.directory / "state/journal.db"));
  CHECK(without_notes(db.image()).size() == 2);
  CHECK(journal.reserves("state/journal.db"));
  db.settings.database = "registry.db";
}

TEST_CASE("F16: the database and the files beside it are reserved, and nothing else is") {
  sqlite_fixture db;
  db.settings.database = "./sub//registry.db";
  const auto journal = db.open();
  for (const auto* suffix : {"", "-wal", "-shm", "-journal"}) {
    CHECK(journal.reserves(std::string("sub/registry.db") + suffix));
  }
  for (const auto* name : {"sub", "sub/registry", "sub/registry.db-walk", "sub/registry.db/x", "registry.db"}) {
    CHECK_FALSE(journal.reserves(name));
  }
  db.settings.database = "registry.db";
}

TEST_CASE("F16: a database that is not inside the root, or not a plain file, is refused") {
  sqlite_fixture db;
  const auto failing = [&](const std::string& name) {
    const cp::journal::sqlite settings{.database = name};
    auto opened = settings.open({db.system, db.root, db.state, db.state_directory});
    if (!opened) return opened.error();
    opened.value()->read().value();
    return opened.value()->rows()->begin().error();
  };
  CHECK(failing("../x.db") == cp::errc::outside_root);
  CHECK(failing("/tmp/x.db") == cp::errc::outside_root);
  boost::filesystem::create_symlink("registry.db", db.directory / "link.db");
  CHECK(failing("link.db") == cp::errc::not_a_regular_file);
  boost::filesystem::create_directory_symlink("state", db.directory / "door");
  CHECK(failing("door/x.db") == cp::errc::outside_root);
  boost::filesystem::create_symlink("/tmp/commitpoint-elsewhere", db.directory / "other.db-wal");
  CHECK(failing("other.db") == cp::errc::not_a_regular_file);
  CHECK_FALSE(boost::filesystem::exists("/tmp/commitpoint-elsewhere"));
}

TEST_CASE("F12: a database that cannot be read is a failure with SQLite's code and the path") {
  sqlite_fixture db;
  db.begun();
  spill(db.directory / "garbage.db", std::string(8192, 'g'));
  db.settings.database = "garbage.db";
  const auto failed = db.open().read();
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == std::error_code(SQLITE_NOTADB, cp::sqlite_category()));
  CHECK(failed.error().path() == "garbage.db");
  CHECK(slurp(db.database()) == std::string(8192, 'g'));
  db.settings.database = "registry.db";
}

TEST_CASE("F13: a flipped byte anywhere in a row that counts is damage, and a new generation is the way on") {
  sqlite_fixture db;
  auto journal = db.begun();
  journal.commit(commit_record(1), true).value();
  const auto size = std::stoul(db.ask("SELECT length(record) FROM commitpoint_commits"));
  for (std::size_t at = 0; at < size; ++at) {
    tamper(db, [&](std::string& bytes) { bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8)); });
    CHECK_MESSAGE(db.image().damage, "byte ", at);
    journal.begin_generation(make(record_kind::generation, 1), true).value();
    journal.commit(commit_record(1), true).value();
    REQUIRE_FALSE(db.image().damage);
  }
  REQUIRE(stranger(db.database()).run("UPDATE commitpoint_commits SET generation = x'00'") == SQLITE_OK);
  CHECK(db.image().damage->find("registry.db") != std::string::npos);
}

TEST_CASE("F13: what is left behind a damaged row stays in the table as evidence") {
  sqlite_fixture db;
  auto journal = db.begun();
  journal.commit(commit_record(1), true).value();
  REQUIRE(stranger(db.database()).run("UPDATE commitpoint_commits SET record = x'0102'") == SQLITE_OK);
  auto after = db.open();
  REQUIRE(after.read().value().damage);
  after.begin_generation(make(record_kind::generation, 1), true).value();
  CHECK(db.image().records.size() == 1);
  after.commit(commit_record(1), true).value();
  CHECK(without_notes(db.image()).size() == 2);
  CHECK(db.ask("SELECT count(*) FROM commitpoint_commits WHERE record = x'0102'") == "1");
}

TEST_CASE("F13: a row with a version or a kind that is unknown is damage that says so") {
  sqlite_fixture db;
  auto journal = db.begun();
  const auto tampered = [&](const std::function<void(format::header&)>& change) {
    journal.commit(commit_record(1), true).value();
    tamper(db, [&](std::string& bytes) { change_header(bytes, 0, change); });
    return db.image().damage.value_or("");
  };
  CHECK(tampered([](auto& head) { head.version = 2; }).find("unknown version 2") != std::string::npos);
  CHECK(tampered([](auto& head) { head.kind = 3; }).find("not a commit record") != std::string::npos);
  CHECK(tampered([](auto& head) { head.mutation = 9; }).find("another mutation") != std::string::npos);
  CHECK(tampered([](auto& head) { head.salt = 9; }).find("different generations") != std::string::npos);
}

TEST_CASE("F32: a busy database is a clear error after its timeout, and no harm is done") {
  sqlite_fixture db;
  auto journal = db.begun();
  stranger other(db.database());
  REQUIRE(other.run("BEGIN IMMEDIATE; INSERT INTO documents VALUES('theirs')") == SQLITE_OK);
  const auto began = std::chrono::steady_clock::now();
  for (const auto& failed : {begin(journal).error(), journal.commit(commit_record(1), true).error()}) {
    CHECK(failed == std::errc::device_or_resource_busy);
    CHECK(failed.code == std::error_code(SQLITE_BUSY, cp::sqlite_category()));
    CHECK(failed.path() == "registry.db");
    CHECK(failed.explanation().find("waited 30 ms") != std::string::npos);
    CHECK(failed.outcome() == outcome::rolled_back);
  }
  CHECK(std::chrono::steady_clock::now() - began >= 50ms);
  REQUIRE(other.run("COMMIT") == SQLITE_OK);
  run(begin(journal).value(), "INSERT INTO documents VALUES('ours')").value();
  CHECK(other.run("INSERT INTO documents VALUES('later')") == SQLITE_BUSY);
  journal.commit(commit_record(1), true).value();
  CHECK(db.documents() == "theirs,ours");
}

TEST_CASE("F32: a commit waits for another writer as long as it was told to") {
  sqlite_fixture db;
  db.settings.busy_timeout = 10s;
  auto journal = db.begun();
  stranger other(db.database());
  REQUIRE(other.run("BEGIN IMMEDIATE") == SQLITE_OK);
  std::thread writer([&] {
    std::this_thread::sleep_for(100ms);
    other.run("COMMIT");
  });
  const auto committed = journal.commit(commit_record(1), true);
  writer.join();
  CHECK(committed);
}

TEST_CASE("F32: another connection with a reader in the middle keeps what it sees, and nothing waits for it") {
  sqlite_fixture db;
  db.settings.busy_timeout = 10s;
  auto journal = db.begun();
  run(begin(journal).value(), "INSERT INTO documents VALUES('a')").value();
  journal.commit(commit_record(1), true).value();
  stranger reader(db.database());
  REQUIRE(reader.run("BEGIN") == SQLITE_OK);
  CHECK(reader.ask("SELECT group_concat(name) FROM documents") == "a");

  run(begin(journal).value(), "INSERT INTO documents VALUES('b')").value();
  journal.commit(commit_record(2), true).value();
  // A drain with the reader still there: the checkpoint cannot be complete.
  auto drain = db.open_and_read();
  const auto began = std::chrono::steady_clock::now();
  drain.begin_generation(make(record_kind::generation, 3), true).value();
  CHECK(std::chrono::steady_clock::now() - began < 5s);
  CHECK(db.image().records.size() == 1);
  CHECK(reader.ask("SELECT group_concat(name) FROM documents") == "a");
  REQUIRE(reader.run("COMMIT") == SQLITE_OK);
  CHECK(reader.ask("SELECT group_concat(name) FROM documents") == "a,b");
  drain.commit(commit_record(3), true).value();
  CHECK(db.ask("SELECT group_concat(mutation) FROM commitpoint_commits") == "3");
}

TEST_CASE("F4: a COMMIT whose sync fails leaves the outcome unknown, and the journal refuses to go on") {
  failing_sync vfs;
  sqlite_fixture db;
  auto journal = db.begun();
  run(begin(journal).value(), "INSERT INTO documents VALUES('a')").value();
  vfs.broken = true;
  const auto failed = journal.commit(commit_record(1), true);
  vfs.broken = false;
  REQUIRE_FALSE(failed);
  CHECK(failed.error().outcome() == outcome::unknown);
  CHECK(failed.error() == std::errc::io_error);
  CHECK(failed.error().path() == "registry.db");
  CHECK(begin(journal).error() == std::errc::io_error);
  CHECK(journal.begin_generation(make(record_kind::generation, 1), true).error() == std::errc::io_error);
  // The next owner finds both or neither, and that the mutation was at work.
  const auto found = kinds(db.image());
  CHECK(std::ranges::count(found, record_kind::protect) == 1);
  CHECK((std::ranges::count(found, record_kind::commit) == 1) == (db.documents() == "a"));
}

TEST_CASE("F2: a commit that was cut short and is invisible cannot come back once a drain has begun") {
  // The sync of the write-ahead log fails after all of the commit was written. Another connection keeps the index in
  // shared memory alive, so that nobody sees it; after a power cut that index is gone.
  failing_sync vfs;
  for (const bool reader_in_the_middle : {false, true}) {
    sqlite_fixture db;
    stranger other(db.database());
    {
      auto journal = db.begun();
      run(begin(journal).value(), "INSERT INTO documents VALUES('a')").value();
      journal.commit(commit_record(1), true).value();
      if (reader_in_the_middle) REQUIRE(other.run("BEGIN") == SQLITE_OK);
      CHECK(other.ask("SELECT name FROM documents") == "a");
      run(begin(journal).value(), "INSERT INTO documents VALUES('b')").value();
      vfs.broken = true;
      CHECK(journal.commit(commit_record(2), true).error().outcome() == outcome::unknown);
      vfs.broken = false;
    }
    // What a power cut would leave: the database and its log, and no shared memory.
    const auto after_power_cut = [&] {
      const cp::testing::temporary_directory copy;
      spill(copy / "registry.db", slurp(db.database()));
      spill(copy / "registry.db-wal", slurp(db.database().native() + "-wal"));
      return stranger(copy / "registry.db").ask("SELECT coalesce(group_concat(name), '') FROM documents");
    };
    REQUIRE(db.documents() == "a");
    REQUIRE(after_power_cut() == "a,b");  // so there is something to be afraid of

    auto drain = db.open_and_read();
    drain.begin_generation(make(record_kind::generation, 1), true).value();
    CHECK(after_power_cut() == "a");
    CHECK(db.documents() == "a");
  }
}

TEST_CASE("F2: what a drain read from the write-ahead log is durable before the drain's first effect") {
  sqlite_fixture db;
  in_killed_child([&] {
    auto journal = db.begun();
    run(begin(journal).value(), "INSERT INTO documents VALUES('a')").value();
    journal.commit(commit_record(1), true).value();
    ::kill(::getpid(), SIGKILL);
  });
  auto drain = db.open_and_read();
  CHECK(boost::filesystem::file_size(db.database().native() + "-wal") > 0);
  db.system.reset_counts();
  drain.begin_generation(make(record_kind::generation, 2), true).value();
  CHECK(boost::filesystem::file_size(db.database().native() + "-wal") == 0);
  // The cut log, its directory, the ruling generation (which was read and need not be durable), the new one, and the
  // name of its file, which another process has made.
  CHECK(db.system.counts().syncs() == 5);
  CHECK(db.documents() == "a");
}

TEST_CASE("F28: a forked child cannot use the connection, and its end leaves the parent's alone") {
  sqlite_fixture db;
  auto journal = db.begun();
  run(begin(journal).value(), "INSERT INTO documents VALUES('a')").value();
  const auto child = ::fork();
  if (child == 0) {
    int code = 0;
    {
      auto inherited = std::move(journal);
      if (begin(inherited).error() != cp::errc::not_owner) code |= 1;
      if (inherited.commit(commit_record(1), true).error() != cp::errc::not_owner) code |= 2;
      inherited.abandon();
    }
    ::_exit(code);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  stranger other(db.database());
  CHECK(other.run("INSERT INTO documents VALUES('b')") == SQLITE_BUSY);  // the parent's transaction is still open
  journal.commit(commit_record(1), true).value();
  CHECK(db.documents() == "a");
}

TEST_CASE("enlist runs at once, in one transaction, and gives back what it was given") {
  sqlite_fixture db;
  auto journal = db.begun();
  fake_run engine(journal);
  mutation m(engine);
  CHECK(m.enlist([](sqlite3* d) { return run(d, "INSERT INTO documents VALUES('a')"); }));
  const auto count = m.enlist([](sqlite3* d) -> cp::result<int> {
    BOOST_OUTCOME_TRYV(run(d, "SAVEPOINT s; INSERT INTO documents VALUES('b'); ROLLBACK TO s; RELEASE s"));
    return sqlite3_total_changes(d);
  });
  CHECK(count);
  cp::enlisting_mutation& by_name = m;
  CHECK(by_name.enlist([](sqlite3* d) { return run(d, "INSERT INTO documents VALUES('c')"); }));
  CHECK_FALSE(engine.poisoned);
  journal.commit(commit_record(1), true).value();
  CHECK(db.documents() == "a,c");
}

TEST_CASE("F31: what is enlisted cannot commit by itself") {
  for (const auto* sql : {"INSERT INTO documents VALUES('a'); COMMIT", "ROLLBACK", "ROLLBACK; BEGIN; COMMIT",
                          "INSERT INTO documents VALUES('a'); ROLLBACK; INSERT INTO documents VALUES('b')"}) {
    sqlite_fixture db;
    auto journal = db.begun();
    fake_run engine(journal);
    mutation m(engine);
    const auto failed = m.enlist([&](sqlite3* d) -> cp::result<void> {
      (void)run(d, sql);  // does not look
      return cp::success();
    });
    REQUIRE_FALSE(failed);
    CHECK(failed.error() == cp::errc::unsupported);
    REQUIRE(engine.poisoned);
    CHECK(m.enlist([](sqlite3*) -> cp::result<void> { return cp::success(); }).error() == cp::errc::unsupported);
    journal.abandon();
    CHECK(db.documents().empty());
    run(begin(journal).value(), "INSERT INTO documents VALUES('next')").value();
    journal.commit(commit_record(1), true).value();
    CHECK(db.documents() == "next");
  }
}

TEST_CASE("F31: what is enlisted cannot attach another database: SQLite does not commit to two files in one step") {
  const cp::testing::temporary_directory elsewhere;
  std::ofstream((elsewhere / "other.db").native());
  sqlite_fixture db;
  auto journal = db.begun();
  fake_run engine(journal);
  mutation m(engine);
  const auto attach = "ATTACH '" + (elsewhere / "other.db").native() + "' AS other";
  const auto failed = m.enlist([&](sqlite3* d) { return run(d, attach.c_str()); });
  REQUIRE_FALSE(failed);
  CHECK_MESSAGE(failed.error().message().find("attached") != std::string::npos, failed.error().message());
  REQUIRE(engine.poisoned);
  journal.abandon();
}

TEST_CASE("a failure in enlist poisons the mutation with its path and number; an exception goes on") {
  sqlite_fixture db;
  auto journal = db.begun();
  fake_run engine(journal);
  mutation m(engine);
  const auto throws = [](sqlite3*) -> cp::result<void> { throw std::runtime_error("x"); };
  CHECK_THROWS_AS((void)m.enlist(throws), std::runtime_error);
  CHECK_FALSE(engine.poisoned);
  const auto failed = m.enlist([](sqlite3* d) { return run(d, "INSERT INTO nowhere VALUES(1)"); });
  REQUIRE_FALSE(failed);
  CHECK(failed.error().number() == 7);
  CHECK(failed.error().step == cp::step::body);
  CHECK(failed.error().explanation() == "no such table: nowhere");
  REQUIRE(engine.poisoned);
  journal.abandon();
}

TEST_CASE("a constraint that fails in enlist is SQLite's own code") {
  sqlite_fixture db;
  auto journal = db.begun();
  auto* connection = begin(journal).value();
  run(connection, "INSERT INTO documents VALUES('a')").value();
  const auto failed = run(connection, "INSERT INTO documents VALUES('a')");
  CHECK(failed.error().code == std::error_code(SQLITE_CONSTRAINT_PRIMARYKEY, cp::sqlite_category()));
  journal.commit(commit_record(1), true).value();
  CHECK(db.documents() == "a");
}

TEST_CASE("a database that has no write-ahead log yet gets one") {
  sqlite_fixture db;
  db.begun();
  const auto plain = db.directory / "plain.db";
  REQUIRE(stranger(plain).run("PRAGMA journal_mode = DELETE; CREATE TABLE t(x)") == SQLITE_OK);
  db.settings.database = "plain.db";
  auto other = db.open_and_read();
  other.commit(commit_record(1), true).value();
  CHECK(stranger(plain).ask("PRAGMA journal_mode") == "wal");
  db.settings.database = "registry.db";
}

TEST_CASE("SQLite's codes compare with what they mean") {
  const auto code = [](int value) { return std::error_code(value, cp::sqlite_category()); };
  CHECK(code(SQLITE_BUSY) == std::errc::device_or_resource_busy);
  CHECK(code(SQLITE_BUSY_SNAPSHOT) == std::errc::device_or_resource_busy);
  CHECK(code(SQLITE_LOCKED) == std::errc::device_or_resource_busy);
  CHECK(code(SQLITE_FULL) == std::errc::no_space_on_device);
  CHECK(code(SQLITE_IOERR_FSYNC) == std::errc::io_error);
  CHECK(code(SQLITE_READONLY_DIRECTORY) == std::errc::read_only_file_system);
  CHECK(code(SQLITE_CORRUPT) != std::errc::io_error);
  CHECK(code(SQLITE_BUSY).message() == "database is locked");
  CHECK(std::string(cp::sqlite_category().name()) == "sqlite");
}
