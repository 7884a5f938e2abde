#include "adds.hpp"
#include "location.hpp"

#include <sqlite3.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace benchmarks {

namespace {

/// The same files as rows of one table, in WAL mode and with synchronous=FULL: an add is one transaction, and durable.
class blob_store {
 public:
  blob_store() {
    expect(sqlite3_open((place_of_run() + "/blobs.db").c_str(), &connection_), SQLITE_OK);
    execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL");
    execute("CREATE TABLE files(path TEXT PRIMARY KEY, content BLOB NOT NULL)");
    insert_ = prepare("INSERT INTO files(path, content) VALUES(?1, ?2)");
    update_ = prepare("UPDATE files SET content = ?2 WHERE path = ?1");
    fill();
  }
  blob_store(const blob_store&) = delete;
  blob_store& operator=(const blob_store&) = delete;
  ~blob_store() {
    sqlite3_finalize(insert_);
    sqlite3_finalize(update_);
    sqlite3_close(connection_);
  }

  void add(const changes& all) {
    execute("BEGIN IMMEDIATE");
    for (const auto& c : all) put(c.is_new ? insert_ : update_, c.path, c.bytes);
    execute("COMMIT");
  }
  // Without a checkpoint: that is for the adds to pay for, every now and then.
  void forget_adds() { execute("DELETE FROM files WHERE path GLOB '*/added-*'"); }

 private:
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
  sqlite3_stmt* prepare(const char* text) {
    sqlite3_stmt* statement = nullptr;
    expect(sqlite3_prepare_v2(connection_, text, -1, &statement, nullptr), SQLITE_OK);
    return statement;
  }
  void execute(const char* text) { expect(sqlite3_exec(connection_, text, nullptr, nullptr, nullptr), SQLITE_OK); }
  void expect(int code, int wanted) const {
    if (code != wanted) throw std::runtime_error(std::string("sqlite: ") + sqlite3_errmsg(connection_));
  }

  sqlite3* connection_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
  sqlite3_stmt* update_ = nullptr;
};

// Rows of one repetition, gone after it.
class blob_session {
 public:
  blob_session() : store_(&the_store()) {}
  blob_session(blob_session&& other) noexcept : store_(std::exchange(other.store_, nullptr)) {}
  blob_session& operator=(blob_session&&) = delete;
  ~blob_session() {
    if (store_ != nullptr) store_->forget_adds();
  }
  void operator()(const changes& all) { store_->add(all); }

 private:
  static blob_store& the_store() {
    static blob_store store;
    return store;
  }

  blob_store* store_;
};

}  // namespace

void register_blobs() {
  register_add("blobs in SQLite", 0, [](tree&) { return blob_session(); });
}

}  // namespace benchmarks
