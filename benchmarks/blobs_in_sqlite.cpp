#include "adds.hpp"
#include "location.hpp"

#include <sqlite3.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace benchmarks {

namespace {

/// The same files as rows of one table, with synchronous=FULL: an add is one transaction, and durable. One connection,
/// or one for each add.
class blob_store {
 public:
  blob_store(const std::string& name, std::string journal_mode, bool is_kept)
      : database_(place_of_run() + "/" + name + ".db"), journal_mode_(std::move(journal_mode)), is_kept_(is_kept) {
    open();
    execute("CREATE TABLE files(path TEXT PRIMARY KEY, content BLOB NOT NULL)");
    prepare();
    fill();
    if (!is_kept_) close();
  }
  blob_store(const blob_store&) = delete;
  blob_store& operator=(const blob_store&) = delete;
  ~blob_store() { close(); }

  void add(const changes& all) {
    if (!is_kept_) {
      open();
      prepare();
    }
    execute("BEGIN IMMEDIATE");
    for (const auto& c : all) put(c.is_new ? insert_ : update_, c.path, c.bytes);
    execute("COMMIT");
    if (!is_kept_) close();
  }
  // Without a checkpoint: that is for the adds to pay for, every now and then.
  void forget_adds() {
    if (!is_kept_) open();
    execute("DELETE FROM files WHERE path GLOB '*/added-*'");
    if (!is_kept_) close();
  }

 private:
  void open() {
    expect(sqlite3_open(database_.c_str(), &connection_), SQLITE_OK);
    execute(("PRAGMA journal_mode=" + journal_mode_ + "; PRAGMA synchronous=FULL").c_str());
  }
  void prepare() {
    insert_ = prepared("INSERT INTO files(path, content) VALUES(?1, ?2)");
    update_ = prepared("UPDATE files SET content = ?2 WHERE path = ?1");
  }
  void close() {
    sqlite3_finalize(std::exchange(insert_, nullptr));
    sqlite3_finalize(std::exchange(update_, nullptr));
    sqlite3_close(std::exchange(connection_, nullptr));
  }

  // What an add rewrites.
  void fill() {
    execute("BEGIN");
    put(insert_, index_file, content(4'000));
    put(insert_, registry_file, content(2'000));
    for (std::size_t i = 0; i < 3; ++i) put(insert_, tree::concept_page(i), content(2'000));
    execute("COMMIT");
  }
  void put(sqlite3_stmt* statement, std::string_view path, std::string_view bytes) {
    sqlite3_bind_text(statement, 1, path.data(), static_cast<int>(path.size()), SQLITE_STATIC);
    sqlite3_bind_blob(statement, 2, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
    expect(sqlite3_step(statement), SQLITE_DONE);
    sqlite3_reset(statement);
  }
  sqlite3_stmt* prepared(const char* text) {
    sqlite3_stmt* statement = nullptr;
    expect(sqlite3_prepare_v2(connection_, text, -1, &statement, nullptr), SQLITE_OK);
    return statement;
  }
  void execute(const char* text) { expect(sqlite3_exec(connection_, text, nullptr, nullptr, nullptr), SQLITE_OK); }
  void expect(int code, int wanted) const {
    if (code != wanted) throw std::runtime_error(std::string("sqlite: ") + sqlite3_errmsg(connection_));
  }

  std::string database_;
  std::string journal_mode_;
  bool is_kept_;
  sqlite3* connection_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* update_ = nullptr;
};

// Rows of one repetition, gone after it.
class blob_session {
 public:
  explicit blob_session(blob_store& store) : store_(&store) {}
  blob_session(blob_session&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
  blob_session& operator=(blob_session&&) = delete;
  ~blob_session() {
    if (store_ != nullptr) store_->forget_adds();
  }
  void operator()(const changes& all) { store_->add(all); }

 private:
  blob_store* store_;
};

}  // namespace

void register_blobs() {
  const auto add = [](const std::string& name, const std::string& file, const std::string& mode, bool is_kept) {
    const auto store = std::make_shared<std::unique_ptr<blob_store>>();
    register_add(name, 0, [=](tree&) {
      if (!*store) *store = std::make_unique<blob_store>(file, mode, is_kept);
      return blob_session(**store);
    });
  };
  add("blobs in SQLite, WAL", "wal-kept", "WAL", true);
  add("blobs in SQLite, WAL, opened and closed", "wal-opened", "WAL", false);
  add("blobs in SQLite, rollback journal", "journal-kept", "DELETE", true);
  add("blobs in SQLite, rollback journal, opened and closed", "journal-opened", "DELETE", false);
}

}  // namespace benchmarks
