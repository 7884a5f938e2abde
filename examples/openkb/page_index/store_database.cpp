#include "page_index/store_database.hpp"

#include "page_index/error.hpp"
#include "registry/read_only.hpp"

#include <array>

namespace page_index {

namespace {

constexpr int busy_milliseconds = 10'000;

constexpr std::array<const char*, 6> beginnings{
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "CREATE TABLE IF NOT EXISTS documents (collection TEXT NOT NULL, id TEXT NOT NULL, sha256 TEXT NOT NULL, label TEXT"
    " NOT NULL, title TEXT NOT NULL, pages INTEGER NOT NULL, ready INTEGER NOT NULL, PRIMARY KEY (collection, id),"
    " UNIQUE (collection, sha256)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS pages (collection TEXT NOT NULL, id TEXT NOT NULL, page INTEGER NOT NULL, text TEXT NOT"
    " NULL, PRIMARY KEY (collection, id, page)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS images (collection TEXT NOT NULL, id TEXT NOT NULL, page INTEGER NOT NULL, name TEXT "
    "NOT"
    " NULL, PRIMARY KEY (collection, id, page, name)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS sections (collection TEXT NOT NULL, id TEXT NOT NULL, position INTEGER NOT NULL, level"
    " INTEGER NOT NULL, page INTEGER NOT NULL, title TEXT NOT NULL, PRIMARY KEY (collection, id, position)) WITHOUT"
    " ROWID"};

[[noreturn]] void fail(sqlite3* db) {
  throw error(error::kind::store_failed, std::string("pageindex.db: ") + sqlite3_errmsg(db));
}

class transaction {
 public:
  explicit transaction(sqlite3* db) : db_(db) { query(db_, "BEGIN IMMEDIATE").run(); }
  transaction(const transaction&) = delete;
  transaction& operator=(const transaction&) = delete;
  ~transaction() {
    if (sqlite3_get_autocommit(db_) == 0) sqlite3_exec(db_, "ROLLBACK", nullptr, nullptr, nullptr);
  }
  void commit() { query(db_, "COMMIT").run(); }

 private:
  sqlite3* db_;
};

}  // namespace

query::query(sqlite3* db, std::string_view sql) : prepared_(nullptr, &sqlite3_finalize) {
  sqlite3_stmt* prepared = nullptr;
  if (sqlite3_prepare_v2(db, sql.data(), static_cast<int>(sql.size()), &prepared, nullptr) != SQLITE_OK) fail(db);
  prepared_.reset(prepared);
}

query& query::with(std::string_view text) {
  const auto* bytes = text.data() == nullptr ? "" : text.data();
  sqlite3_bind_text64(prepared_.get(), ++bound_, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

query& query::with(std::size_t number) {
  sqlite3_bind_int64(prepared_.get(), ++bound_, static_cast<sqlite3_int64>(number));
  return *this;
}

bool query::next() {
  const int step = sqlite3_step(prepared_.get());
  if (step != SQLITE_ROW && step != SQLITE_DONE) fail(sqlite3_db_handle(prepared_.get()));
  return step == SQLITE_ROW;
}

void query::run() {
  while (next()) {}
  sqlite3_reset(prepared_.get());
  bound_ = 0;
}

std::string query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(prepared_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(prepared_.get(), column));
  return bytes == nullptr ? std::string{} : std::string(bytes, size);
}

std::size_t query::number(int column) const {
  return static_cast<std::size_t>(sqlite3_column_int64(prepared_.get(), column));
}

store_database::store_database(const std::string& file) : db_(nullptr, &sqlite3_close) {
  sqlite3* db = nullptr;
  const int opened = sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, nullptr);
  db_.reset(db);
  if (opened != SQLITE_OK) fail(db);
  sqlite3_busy_timeout(db, busy_milliseconds);
  query tables(db, "SELECT count(*) FROM sqlite_master WHERE type = 'table'");
  const bool made = tables.next() && tables.number(0) >= 4;
  tables.run();
  // Two settings each time; the tables once.
  for (std::size_t i = 0; i < (made ? 2 : beginnings.size()); ++i) execute(beginnings.at(i));
}

store_database store_database::to_read(const std::string& file) {
  auto opened = openkb::open_to_look(file);
  if (opened.code != SQLITE_OK) fail(opened.database.get());
  return store_database(std::move(opened.database));
}

void store_database::execute(const char* sql) const {
  if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(db_.get());
}

std::vector<document> store_database::select(std::string_view where, std::string_view first,
                                             std::string_view second) const {
  query rows(db_.get(), std::string("SELECT collection, id, sha256, label, title, pages, ready FROM documents ")
                            .append(where)
                            .append(" ORDER BY collection, id"));
  if (!where.empty()) rows.with(first);
  if (where.find("AND") != std::string_view::npos) rows.with(second);
  std::vector<document> out;
  while (rows.next()) {
    out.push_back(
        {rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.number(5), rows.number(6) != 0});
  }
  return out;
}

std::optional<document> store_database::find(std::string_view collection, std::string_view id) const {
  auto found = select("WHERE collection = ? AND id = ?", collection, id);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::optional<document> store_database::find_content(std::string_view collection, std::string_view sha256) const {
  auto found = select("WHERE collection = ? AND sha256 = ?", collection, sha256);
  return found.empty() ? std::nullopt : std::optional(std::move(found.front()));
}

std::vector<document> store_database::find_labelled(std::string_view label) const {
  return select("WHERE label = ?", label);
}

std::vector<document> store_database::all() const { return select({}, {}); }

void store_database::take(const document& d) const {
  query(db_.get(),
        "INSERT INTO documents (collection, id, sha256, label, title, pages, ready)"
        " VALUES (?, ?, ?, ?, '', 0, 0)")
      .with(d.collection)
      .with(d.id)
      .with(d.sha256)
      .with(d.label)
      .run();
}

void store_database::finish(const document& d, const std::vector<page>& pages,
                            const std::vector<section>& sections) const {
  transaction all(db_.get());
  query put_page(db_.get(), "INSERT INTO pages (collection, id, page, text) VALUES (?, ?, ?, ?)");
  query put_image(db_.get(), "INSERT INTO images (collection, id, page, name) VALUES (?, ?, ?, ?)");
  for (const auto& p : pages) {
    put_page.with(d.collection).with(d.id).with(p.number).with(p.text).run();
    for (const auto& name : p.images) put_image.with(d.collection).with(d.id).with(p.number).with(name).run();
  }
  query put_section(db_.get(),
                    "INSERT INTO sections (collection, id, position, level, page, title) VALUES (?, ?, ?, ?, ?, ?)");
  std::size_t position = 0;
  for (const auto& s : sections) {
    put_section.with(d.collection).with(d.id).with(position++);
    put_section.with(static_cast<std::size_t>(s.level)).with(s.page).with(s.title).run();
  }
  query(db_.get(), "UPDATE documents SET title = ?, pages = ?, ready = 1 WHERE collection = ? AND id = ?")
      .with(d.title)
      .with(d.pages)
      .with(d.collection)
      .with(d.id)
      .run();
  all.commit();
}

void store_database::forget(std::string_view collection, std::string_view id) const {
  transaction all(db_.get());
  for (const auto* table : {"pages", "images", "sections", "documents"}) {
    query(db_.get(), std::string("DELETE FROM ").append(table).append(" WHERE collection = ? AND id = ?"))
        .with(collection)
        .with(id)
        .run();
  }
  all.commit();
}

std::vector<page> store_database::pages(std::string_view collection, std::string_view id) const {
  std::vector<page> out;
  query rows(db_.get(), "SELECT page, text FROM pages WHERE collection = ? AND id = ? ORDER BY page");
  rows.with(collection).with(id);
  while (rows.next()) out.push_back({rows.number(0), rows.text(1), {}});
  query images(db_.get(), "SELECT page, name FROM images WHERE collection = ? AND id = ? ORDER BY page, name");
  images.with(collection).with(id);
  while (images.next()) {
    const auto number = images.number(0);
    for (auto& p : out) {
      if (p.number == number) p.images.push_back(images.text(1));
    }
  }
  return out;
}

std::vector<section> store_database::sections(std::string_view collection, std::string_view id) const {
  std::vector<section> out;
  query rows(db_.get(), "SELECT title, level, page FROM sections WHERE collection = ? AND id = ? ORDER BY position");
  rows.with(collection).with(id);
  while (rows.next()) out.push_back({rows.text(0), static_cast<int>(rows.number(1)), rows.number(2)});
  return out;
}

}  // namespace page_index
