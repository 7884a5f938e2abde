#include "registry/term_statements.hpp"

#include "registry/registry.hpp"

#include <array>

namespace openkb {

namespace {

// `terms.document_id` is the one that has it, where only one has. `page_id` is 0 without a page; in document_terms,
// where the document has no part in it.
constexpr std::array<std::string_view, 3> term_tables{
    "CREATE TABLE terms (key TEXT PRIMARY KEY, documents INTEGER NOT NULL, document_id INTEGER NOT NULL,"
    " page_id INTEGER NOT NULL, parts INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX terms_by_parts ON terms (parts DESC, key) WHERE parts > 1",
    "CREATE TABLE document_terms (document_id INTEGER NOT NULL REFERENCES documents (id), key TEXT NOT NULL,"
    " kind TEXT NOT NULL, title TEXT NOT NULL, excerpt TEXT NOT NULL, weight INTEGER NOT NULL, named INTEGER NOT NULL,"
    " rank INTEGER NOT NULL, page_id INTEGER NOT NULL, PRIMARY KEY (document_id, key)) WITHOUT ROWID"};

topic_kind kind_named(std::string_view name) noexcept {
  return name == to_string(topic_kind::concept_page) ? topic_kind::concept_page : topic_kind::entity_page;
}

template <class Bind>
cp::result<std::map<std::string, holding>> holdings_where(sqlite3* db, std::string_view where, Bind bind) {
  std::string sql("SELECT key, kind, title, excerpt, weight, named, rank, page_id FROM document_terms WHERE ");
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db, sql.append(where)));
  bind(row);
  std::map<std::string, holding> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    topic t{.kind = kind_named(row.text(1)),
            .slug = {},
            .title = row.text(2),
            .excerpt = row.text(3),
            .key = row.text(0),
            .weight = row.number(4),
            .named = row.number(5) != 0};
    auto key = t.key;
    out.emplace(std::move(key), holding{std::move(t), row.number(6), row.number(7)});
  }
}

template <class Value>
cp::result<std::vector<std::int64_t>> numbers(sqlite3* db, std::string_view sql, const Value& value) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db, sql));
  row.bind(value);
  std::vector<std::int64_t> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back(row.number(0));
  }
}

}  // namespace

cp::result<void> term_statements::make_tables() {
  for (const auto sql : term_tables) {
    BOOST_OUTCOME_TRYV(execute(db_, sql));
  }
  return cp::success();
}

cp::result<term_row> term_statements::term(std::string_view key) {
  BOOST_OUTCOME_TRY(auto row,
                    statement::prepare(db_, "SELECT documents, document_id, page_id, parts FROM terms WHERE key = ?"));
  BOOST_OUTCOME_TRY(const bool found, row.bind(key).next());
  return found ? term_row{row.number(0), row.number(1), row.number(2), row.number(3)} : term_row{};
}

cp::result<void> term_statements::put_term(std::string_view key, const term_row& t) {
  if (t.documents == 0) return execute(db_, "DELETE FROM terms WHERE key = ?", key);
  return execute(db_,
                 "INSERT INTO terms (key, documents, document_id, page_id, parts) VALUES (?, ?, ?, ?, ?) ON CONFLICT"
                 " DO UPDATE SET documents = excluded.documents, document_id = excluded.document_id,"
                 " page_id = excluded.page_id, parts = excluded.parts",
                 key, t.documents, t.only, t.page, t.parts);
}

cp::result<std::map<std::string, holding>> term_statements::holdings(std::int64_t document) {
  return holdings_where(db_, "document_id = ?", [&](statement& s) { s.bind(document); });
}

cp::result<holding> term_statements::holding_of(std::int64_t document, std::string_view key) {
  BOOST_OUTCOME_TRY(auto found, holdings_where(db_, "document_id = ? AND key = ?",
                                               [&](statement& s) { s.bind(document).bind(key); }));
  return found.empty() ? holding{} : std::move(found.begin()->second);
}

cp::result<void> term_statements::put_holding(std::int64_t document, const holding& h) {
  return execute(db_,
                 "INSERT OR REPLACE INTO document_terms (document_id, key, kind, title, excerpt, weight, named, rank,"
                 " page_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                 document, h.what.key, to_string(h.what.kind), h.what.title, h.what.excerpt, h.what.weight,
                 std::int64_t{h.what.named}, h.rank, h.page);
}

cp::result<void> term_statements::remove_holding(std::int64_t document, std::string_view key) {
  return execute(db_, "DELETE FROM document_terms WHERE document_id = ? AND key = ?", document, key);
}

cp::result<std::vector<std::int64_t>> term_statements::without_part(std::string_view key) {
  return numbers(db_, "SELECT document_id FROM document_terms WHERE key = ? AND page_id = 0 ORDER BY document_id", key);
}

cp::result<std::vector<std::int64_t>> term_statements::with_part(std::int64_t page) {
  return numbers(db_, "SELECT document_id FROM page_documents WHERE page_id = ? ORDER BY document_id LIMIT 2", page);
}

cp::result<void> term_statements::add_part(std::int64_t page, std::int64_t document) {
  return execute(db_, "INSERT INTO page_documents (page_id, document_id) VALUES (?, ?)", page, document);
}

cp::result<void> term_statements::remove_part(std::int64_t page, std::int64_t document) {
  return execute(db_, "DELETE FROM page_documents WHERE page_id = ? AND document_id = ?", page, document);
}

cp::result<topic> term_statements::page(std::int64_t id) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT kind, slug, title FROM pages WHERE id = ?"));
  BOOST_OUTCOME_TRYV(row.bind(id).next());
  return topic{.kind = kind_named(row.text(0)), .slug = row.text(1), .title = row.text(2), .excerpt = {}};
}

cp::result<bool> term_statements::has_page(std::string_view slug) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT 1 FROM pages WHERE (kind = 'concept' AND slug = ?1) OR"
                                                 " (kind = 'entity' AND slug = ?1)"));
  return row.bind(slug).next();
}

cp::result<std::int64_t> term_statements::make_page(const topic& t) {
  BOOST_OUTCOME_TRYV(
      execute(db_, "INSERT INTO pages (kind, slug, title) VALUES (?, ?, ?)", to_string(t.kind), t.slug, t.title));
  const auto id = sqlite3_last_insert_rowid(db_);
  BOOST_OUTCOME_TRYV(registry(db_).count_up(to_string(t.kind), 1));
  return id;
}

cp::result<void> term_statements::remove_page(std::int64_t id, topic_kind kind) {
  BOOST_OUTCOME_TRYV(execute(db_, "DELETE FROM pages WHERE id = ?", id));
  return registry(db_).count_up(to_string(kind), -1);
}

cp::result<std::pair<std::string, std::string>> term_statements::name_and_title(std::int64_t document) {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT name, title FROM documents WHERE id = ?"));
  BOOST_OUTCOME_TRYV(row.bind(document).next());
  return std::pair(row.text(0), row.text(1));
}

}  // namespace openkb
