#include "registry/registry.hpp"

#include "registry/full_text.hpp"
#include "registry/link_table.hpp"
#include "registry/term_statements.hpp"
#include "text/initial.hpp"

#include <array>

namespace openkb {

namespace {

// As they were: a knowledge base of format 2 has these, and gets the others when it is upgraded.
constexpr std::array<std::string_view, 6> tables_of_format_2{
    "CREATE TABLE documents (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, sha256 TEXT NOT NULL UNIQUE,"
    " source_path TEXT NOT NULL UNIQUE, format TEXT NOT NULL, title TEXT NOT NULL, added_at TEXT NOT NULL,"
    " updated_at TEXT NOT NULL, size INTEGER NOT NULL, stem TEXT NOT NULL, own_title TEXT NOT NULL, index_id TEXT NOT"
    " NULL, index_owned INTEGER NOT NULL)",
    "CREATE TABLE document_files (document_id INTEGER NOT NULL REFERENCES documents (id), path TEXT NOT NULL,"
    " PRIMARY KEY (document_id, path)) WITHOUT ROWID",
    "CREATE TABLE pages (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, slug TEXT NOT NULL, title TEXT NOT NULL,"
    " UNIQUE (kind, slug))",
    "CREATE TABLE page_documents (page_id INTEGER NOT NULL REFERENCES pages (id), document_id INTEGER NOT NULL"
    " REFERENCES documents (id), PRIMARY KEY (page_id, document_id)) WITHOUT ROWID",
    "CREATE INDEX page_documents_by_document ON page_documents (document_id)",
    "CREATE TABLE index_deletions (index_id TEXT PRIMARY KEY) WITHOUT ROWID"};

constexpr std::string_view columns =
    "SELECT id, name, sha256, source_path, format, title, added_at, updated_at, size, stem, own_title, index_id,"
    " index_owned FROM documents ";

entry entry_in(const statement& row) {
  return {row.number(0), row.text(1),   row.text(2), row.text(3),  row.text(4),  row.text(5),        row.text(6),
          row.text(7),   row.number(8), row.text(9), row.text(10), row.text(11), row.number(12) != 0};
}

constexpr std::string_view initial_tally = "initial ";

topic_kind kind_in(const statement& row, int column) {
  return row.text(column) == to_string(topic_kind::concept_page) ? topic_kind::concept_page : topic_kind::entity_page;
}

}  // namespace

cp::result<void> registry::make_tables() {
  for (const auto sql : tables_of_format_2) {
    BOOST_OUTCOME_TRYV(execute(db_, sql));
  }
  return upgrade_tables(oldest_version);
}

cp::result<void> registry::upgrade_tables(std::int64_t from) {
  if (from < version_with_text) {
    BOOST_OUTCOME_TRYV(full_text(db_).make_table());
    BOOST_OUTCOME_TRYV(
        execute(db_, "CREATE TABLE tallies (what TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID"));
    BOOST_OUTCOME_TRYV(term_statements(db_).make_tables());
  }
  BOOST_OUTCOME_TRYV(link_table(db_).make_tables());
  return execute(db_, "PRAGMA user_version = " + std::to_string(current_version));
}

cp::result<std::int64_t> registry::version() {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "PRAGMA user_version"));
  BOOST_OUTCOME_TRYV(row.next());
  return row.number(0);
}

cp::result<std::optional<entry>> registry::find(std::string_view column, std::string_view value) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, std::string(columns).append("WHERE ").append(column) + " = ?"));
  BOOST_OUTCOME_TRY(const bool found, row.bind(value).next());
  return found ? std::optional(entry_in(row)) : std::nullopt;
}

cp::result<std::optional<entry>> registry::by_hash(std::string_view sha256) { return find("sha256", sha256); }
cp::result<std::optional<entry>> registry::by_place(std::string_view source_path) {
  return find("source_path", source_path);
}

cp::result<std::optional<entry>> registry::by_name(std::string_view name) { return find("name", name); }

cp::result<std::optional<entry>> registry::by_id(std::int64_t id) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, std::string(columns) + "WHERE id = ?"));
  BOOST_OUTCOME_TRY(const bool found, row.bind(id).next());
  return found ? std::optional(entry_in(row)) : std::nullopt;
}

cp::result<bool> registry::has_name(std::string_view name) {
  BOOST_OUTCOME_TRY(auto found, find("name", name));
  return found.has_value();
}

cp::result<std::vector<entry>> registry::all() {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, std::string(columns) + "ORDER BY name"));
  std::vector<entry> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back(entry_in(row));
  }
}

cp::result<counts> registry::count() {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT (SELECT count(*) FROM documents),"
                                                 " (SELECT count(*) FROM pages WHERE kind = 'concept'),"
                                                 " (SELECT count(*) FROM pages WHERE kind = 'entity')"));
  BOOST_OUTCOME_TRYV(row.next());
  return counts{row.number(0), row.number(1), row.number(2)};
}

cp::result<std::int64_t> registry::tally(std::string_view what) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT number FROM tallies WHERE what = ?"));
  BOOST_OUTCOME_TRY(const bool found, row.bind(what).next());
  return found ? row.number(0) : 0;
}

cp::result<void> registry::count_up(std::string_view what, std::int64_t by) {
  return execute(db_,
                 "INSERT INTO tallies (what, number) VALUES (?, ?)"
                 " ON CONFLICT DO UPDATE SET number = number + excluded.number",
                 what, by);
}

cp::result<std::vector<std::pair<std::string, std::int64_t>>> registry::initials() {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT what, number FROM tallies WHERE what > 'initial ' AND"
                                                 " what < 'initial!' AND number > 0 ORDER BY what"));
  std::vector<std::pair<std::string, std::int64_t>> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.emplace_back(row.text(0).substr(initial_tally.size()), row.number(1));
  }
}

cp::result<std::vector<entry>> registry::latest(std::int64_t most) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, std::string(columns) + "ORDER BY id DESC LIMIT ?"));
  row.bind(most);
  std::vector<entry> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back(entry_in(row));
  }
}

// A document is counted under the title that it has, and nowhere else.
cp::result<void> registry::count_title(std::int64_t id, std::optional<std::string_view> title) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT title FROM documents WHERE id = ?"));
  BOOST_OUTCOME_TRY(const bool known, row.bind(id).next());
  const auto before = known ? initial_of(row.text(0)) : std::string{};
  const auto now = title ? initial_of(*title) : std::string{};
  if (before == now) return cp::success();
  if (!before.empty()) {
    BOOST_OUTCOME_TRYV(count_up(std::string(initial_tally) + before, -1));
  }
  if (!now.empty()) {
    BOOST_OUTCOME_TRYV(count_up(std::string(initial_tally) + now, 1));
  }
  const auto by = std::int64_t{!now.empty()} - std::int64_t{known};
  return by == 0 ? cp::success() : count_up(all_documents, by);
}

cp::result<std::int64_t> registry::put(const entry& e) {
  BOOST_OUTCOME_TRYV(count_title(e.id, e.title));
  if (e.id == 0) {
    BOOST_OUTCOME_TRYV(execute(db_,
                               "INSERT INTO documents (name, sha256, source_path, format, title, added_at, updated_at,"
                               " size, stem, own_title, index_id, index_owned) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,"
                               " ?)",
                               e.name, e.sha256, e.source_path, e.format, e.title, e.added_at, e.updated_at, e.size,
                               e.stem, e.own_title, e.index_id, std::int64_t{e.index_owned}));
    return sqlite3_last_insert_rowid(db_);
  }
  BOOST_OUTCOME_TRYV(execute(
      db_,
      "UPDATE documents SET sha256 = ?, source_path = ?, format = ?, title = ?, updated_at = ?, size = ?, stem = ?,"
      " own_title = ?, index_id = ?, index_owned = ? WHERE id = ?",
      e.sha256, e.source_path, e.format, e.title, e.updated_at, e.size, e.stem, e.own_title, e.index_id,
      std::int64_t{e.index_owned}, e.id));
  return e.id;
}

cp::result<void> registry::remove(std::int64_t id) {
  BOOST_OUTCOME_TRYV(full_text(db_).remove(id));
  BOOST_OUTCOME_TRYV(count_title(id, {}));
  BOOST_OUTCOME_TRYV(execute(db_, "DELETE FROM document_files WHERE document_id = ?", id));
  return execute(db_, "DELETE FROM documents WHERE id = ?", id);
}

cp::result<std::vector<std::string>> registry::files_of(std::int64_t id) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT path FROM document_files WHERE document_id = ?"));
  row.bind(id);
  std::vector<std::string> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back(row.text(0));
  }
}

cp::result<void> registry::put_files(std::int64_t id, const std::vector<std::string>& files) {
  BOOST_OUTCOME_TRYV(execute(db_, "DELETE FROM document_files WHERE document_id = ?", id));
  constexpr std::string_view sql = "INSERT INTO document_files (document_id, path) VALUES (?, ?)";
  BOOST_OUTCOME_TRY(auto insert, statement::prepare(db_, sql));
  for (const auto& file : files) {
    BOOST_OUTCOME_TRYV(insert.bind(id).bind(file).run());
  }
  return cp::success();
}

cp::result<std::vector<shared_page>> registry::pages_of(std::int64_t id) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT kind, slug FROM page_documents JOIN pages ON"
                                                 " pages.id = page_id WHERE document_id = ? ORDER BY kind, slug"));
  row.bind(id);
  std::vector<shared_page> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back({kind_in(row, 0), row.text(1)});
  }
}

cp::result<std::vector<std::pair<shared_page, std::vector<std::string>>>> registry::all_pages() {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT kind, slug, name FROM pages JOIN page_documents ON page_id ="
                                                 " pages.id JOIN documents ON documents.id = document_id"
                                                 " ORDER BY kind, slug, document_id"));
  std::vector<std::pair<shared_page, std::vector<std::string>>> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    const shared_page page{kind_in(row, 0), row.text(1)};
    if (out.empty() || out.back().first != page) out.emplace_back(page, std::vector<std::string>{});
    out.back().second.push_back(row.text(2));
  }
}

cp::result<void> registry::count_again() {
  BOOST_OUTCOME_TRYV(execute(db_, "DELETE FROM tallies"));
  BOOST_OUTCOME_TRY(const auto documents, all());
  for (const auto& e : documents) {
    BOOST_OUTCOME_TRYV(count_up(std::string(initial_tally) + initial_of(e.title), 1));
  }
  BOOST_OUTCOME_TRY(const auto now, count());
  BOOST_OUTCOME_TRYV(count_up(all_documents, now.documents));
  BOOST_OUTCOME_TRYV(count_up(to_string(topic_kind::concept_page), now.concepts));
  return count_up(to_string(topic_kind::entity_page), now.entities);
}

cp::result<std::vector<std::string>> registry::index_deletions() {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT index_id FROM index_deletions"));
  std::vector<std::string> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back(row.text(0));
  }
}

cp::result<void> registry::add_index_deletion(std::string_view index_id) {
  return execute(db_, "INSERT INTO index_deletions (index_id) VALUES (?) ON CONFLICT DO NOTHING", index_id);
}

cp::result<void> registry::remove_index_deletion(std::string_view index_id) {
  return execute(db_, "DELETE FROM index_deletions WHERE index_id = ?", index_id);
}

}  // namespace openkb
