#include "registry/full_text.hpp"

#include "registry/passage.hpp"

#include <array>

namespace openkb {

namespace {

constexpr std::string_view table =
    "CREATE VIRTUAL TABLE texts USING fts5 (name, title, body, tokenize = 'porter unicode61 remove_diacritics 2')";

// Kept in the table itself. FTS5 writes the words of each transaction into a segment of its own, and merges segments a
// few pages at a time, so that there are ever fewer and larger ones. From eight of one size on, not four: each page is
// then written again once for each time that the text grew eightfold. And what could not be merged in time (a batch of
// many documents) waits for later adds, where FTS5 would by itself merge 16 segments at once, however large they are.
constexpr std::array<std::string_view, 3> settings{
    "INSERT INTO texts (texts, rank) VALUES ('rank', 'bm25(4.0, 8.0, 1.0)')",
    "INSERT INTO texts (texts, rank) VALUES ('automerge', 8)",
    "INSERT INTO texts (texts, rank) VALUES ('crisismerge', 64)"};

}  // namespace

cp::result<void> full_text::make_table() {
  BOOST_OUTCOME_TRYV(execute(db_, table));
  for (const auto setting : settings) {
    BOOST_OUTCOME_TRYV(execute(db_, setting));
  }
  return cp::success();
}

cp::result<bool> full_text::put(std::int64_t id, const document_text& text) {
  {
    BOOST_OUTCOME_TRY(auto row, statement::prepare(db_, "SELECT name, title, body FROM texts WHERE rowid = ?"));
    BOOST_OUTCOME_TRY(const bool there, row.bind(id).next());
    if (there && text == document_text{row.text(0), row.text(1), row.text(2)}) return false;
  }
  BOOST_OUTCOME_TRYV(execute(db_, "REPLACE INTO texts (rowid, name, title, body) VALUES (?, ?, ?, ?)", id, text.name,
                             text.title, text.body));
  return true;
}

cp::result<void> full_text::remove(std::int64_t id) { return execute(db_, "DELETE FROM texts WHERE rowid = ?", id); }

cp::result<std::vector<hit>> full_text::find(std::string_view query, std::size_t limit) {
  BOOST_OUTCOME_TRYV(add_passage_function(db_));
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT rowid, name, title, -rank, passage(texts, 2) FROM texts"
                                                 " WHERE texts MATCH ? ORDER BY rank LIMIT ?"));
  row.bind(query).bind(static_cast<std::int64_t>(limit));
  std::vector<hit> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back({row.number(0), row.text(1), row.text(2), row.real(3), row.text(4)});
  }
}

cp::result<std::vector<std::string>> full_text::missing() {
  BOOST_OUTCOME_TRY(auto row, statement::prepare(db_,
                                                 "SELECT documents.name FROM documents LEFT JOIN texts ON texts.rowid ="
                                                 " documents.id WHERE texts.rowid IS NULL OR texts.name <>"
                                                 " documents.name OR texts.title <> documents.title"));
  std::vector<std::string> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back(row.text(0));
  }
}

cp::result<std::vector<std::int64_t>> full_text::strays() {
  BOOST_OUTCOME_TRY(auto row,
                    statement::prepare(db_, "SELECT id FROM texts_docsize WHERE id NOT IN (SELECT id FROM documents)"));
  std::vector<std::int64_t> out;
  for (;;) {
    BOOST_OUTCOME_TRY(const bool more, row.next());
    if (!more) return out;
    out.push_back(row.number(0));
  }
}

cp::result<std::optional<std::string>> full_text::damage() {
  const auto checked = execute(db_, "INSERT INTO texts (texts, rank) VALUES ('integrity-check', 1)");
  if (checked) return std::nullopt;
  if (sqlite3_errcode(db_) == SQLITE_CORRUPT) return checked.error().explanation();
  return checked.error();
}

cp::result<void> full_text::rebuild() { return execute(db_, "INSERT INTO texts (texts) VALUES ('rebuild')"); }

}  // namespace openkb
