#include "registry/full_text.hpp"
#include "registry/fts_query.hpp"
#include "terminal/printable.hpp"
#include "text/searchable_text.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

namespace {

using openkb::fts_query;

// A full text in memory.
struct library {
  library() {
    REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK);
    REQUIRE(openkb::full_text(db).make_table());
  }
  library(const library&) = delete;
  library& operator=(const library&) = delete;
  ~library() { sqlite3_close(db); }

  void put(std::int64_t id, const std::string& title, const std::string& body) const {
    REQUIRE(openkb::full_text(db).put(id, {"name-" + std::to_string(id), title, body}));
  }
  [[nodiscard]] std::vector<openkb::hit> hits(const std::string& asked) const {
    CAPTURE(asked);
    const auto query = fts_query(asked);
    REQUIRE(query);
    auto found = openkb::full_text(db).find(query.value(), 100);
    REQUIRE(found);
    return std::move(found).value();
  }
  [[nodiscard]] std::vector<std::int64_t> ids(const std::string& asked) const {
    std::vector<std::int64_t> out;
    for (const auto& each : hits(asked)) out.push_back(each.id);
    return out;
  }
  // With `[` and `]` for the marks.
  [[nodiscard]] std::string passage(const std::string& asked) const {
    const auto found = hits(asked);
    REQUIRE_FALSE(found.empty());
    auto out = found.front().passage;
    for (auto& c : out) c = c == openkb::mark_begin ? '[' : c == openkb::mark_end ? ']' : c;
    return out;
  }

  sqlite3* db = nullptr;
};

using ids = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("openkb search: words, phrases, beginnings and what may not be there") {
  CHECK(fts_query("atomic  commit").value() == R"("atomic" "commit")");
  CHECK(fts_query("\"atomic commit\" -sqlite jour*").value() == R"("atomic commit" "jour"* NOT "sqlite")");
  CHECK(fts_query("a\"b c\"d").value() == R"("a" "b c" "d")");
  CHECK(fts_query("-\"x y\" OR").value() == R"("OR" NOT "x y")");
  CHECK(fts_query("never \"closed at all").value() == R"("never" "closed at all")");
  CHECK(fts_query("c++ - -- * ** \"\" \"*\"").value() == R"("c++")");
  for (const auto* nothing : {"", " ", "++", "\"", "*", "-", "\"\"\""}) {
    CAPTURE(nothing);
    CHECK(fts_query(nothing).error() == openkb::error::bad_query);
  }
  CHECK(fts_query("-x").error().explanation() == "name at least one word that has to be there");

  const library at;
  at.put(1, "Atomic commit", "The rollback journal is synced first.");
  at.put(2, "Journals",
         "A journal of things, committed to memory. First the commit, then what is atomic. And more words.");
  at.put(3, "Café", "Ein Müller mahlt. COMMITTED atomically");
  CHECK(at.ids("atomic commit") == ids{1, 3, 2});  // a title weighs more, a short text more than a long one
  CHECK(at.ids("\"atomic commit\"") == ids{1});
  CHECK(at.ids("journals") == ids{2, 1});
  CHECK(at.ids("commit -journal") == ids{3});
  CHECK(at.ids("commit -\"rollback journal\" -muller").size() == 1);
  CHECK(at.ids("roll*") == ids{1});
  CHECK(at.ids("cafe MÜLLER") == ids{3});
  CHECK(at.ids("name-2") == ids{2});
  CHECK(at.ids("NOT").empty());
  CHECK(at.ids("title:atomic") == ids{});
}

TEST_CASE("openkb search: nothing that is typed is an error of SQLite") {
  const library at;
  at.put(1, "Atomic commit", "The rollback journal is synced first.");
  const std::vector<std::string> pieces{"\"", "*", "-",  "(",    ")",    "{",      "}",      ":",        "^", "+",
                                        "'",  " ", "\t", "AND",  "OR",   "NOT",    "NEAR(",  "a",        ",", "\\",
                                        "\n", ";", "--", "\xff", "\x01", "commit", "title:", "\xc3\xa9", "…", "/"};
  std::mt19937 random(14);
  std::size_t asked = 0;
  for (int i = 0; i < 4000; ++i) {
    std::string text;
    for (auto n = random() % 8; n > 0; --n) text += pieces[random() % pieces.size()];
    const auto query = fts_query(text);
    if (!query) continue;
    CAPTURE(text);
    CAPTURE(query.value());
    const auto found = openkb::full_text(at.db).find(query.value(), 10);
    REQUIRE(found);
    ++asked;
  }
  CHECK(asked > 1000);
}

TEST_CASE("openkb search: a passage has the words around what was found, and marks it") {
  const library at;
  std::string words;
  for (int i = 0; i < 100; ++i) words += "w" + std::to_string(i) + ' ';
  at.put(1, "Long", words + "the rollback\n journal, synced. " + words + "journal");
  CHECK(at.passage("journals") ==
        "…w96 w97 w98 w99 the rollback [journal], synced. w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 w10 w11 w12 w13 w14 w15…");
  CHECK(
      at.passage("w99 journal synced").starts_with("…w93 w94 w95 w96 w97 w98 [w99] the rollback [journal], [synced]."));
  CHECK(at.passage("\"rollback journal\"").find("the [rollback journal], synced") != std::string::npos);
  CHECK(at.passage("long").starts_with("w0 w1 w2"));  // it is the title that was found
  CHECK(at.passage("w0").starts_with("[w0] w1"));
  at.put(2, "Short", "Only this.");
  CHECK(at.passage("only this") == "[Only] [this].");
  at.put(3, "Empty", "");
  CHECK(at.passage("empty") == "");
}

TEST_CASE("openkb search: a text is replaced and removed, and FTS5 finds nothing wrong with that") {
  const library at;
  openkb::full_text texts(at.db);
  at.put(1, "One", "first");
  CHECK_FALSE(texts.put(1, {"name-1", "One", "first"}).value());
  CHECK(texts.put(1, {"name-1", "One", "second"}).value());
  CHECK(at.ids("first").empty());
  CHECK(at.ids("second") == ids{1});
  at.put(2, "Two", "second");
  REQUIRE(texts.remove(1));
  CHECK(at.ids("second") == ids{2});
  CHECK_FALSE(texts.damage().value());
  REQUIRE(openkb::execute(at.db, "UPDATE texts_content SET c2 = 'other' WHERE id = 2"));
  CHECK(texts.damage().value());
  REQUIRE(texts.rebuild());
  CHECK_FALSE(texts.damage().value());
  CHECK(at.ids("other") == ids{2});
}

TEST_CASE("openkb search: what is looked for is the text, not its markup") {
  const auto text = openkb::searchable_text(
      "# A *title*\n\n> quoted [words](http://host/target)\n> go on\n\n- item `code`\n- <b>bold</b> <!-- hidden -->\n\n"
      "| a | b |\n|---|---|\n| c | d |\n\n```cpp\nstd::vector<int> v;\n```\n\n<!-- page 3 -->\n\n<script>\nno();\n"
      "</script>\n\n***\n\nlast \x1b[31m line \xc2\x9b.\n");
  CHECK(text ==
        "A title\nquoted words go on\nitem code\nbold\na | b\nc | d\nstd::vector<int> v;\nlast  31m line   .\n");
  CHECK(terminal::without_controls("a\x1b]0;x\x07\tb\n\x7f\xc2\x85\xc3\xa9") == "a ]0;x \tb\n   \xc3\xa9");
}
