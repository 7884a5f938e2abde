// Terms, and which of them have pages.

#include "registry/terms.hpp"

#include "topics/ranking.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace {

using openkb::entry;
using openkb::statement;
using openkb::topic;
using openkb::topic_kind;

topic about(const std::string& key, std::int64_t weight = 10, bool named = false) {
  return {.kind = topic_kind::concept_page,
          .slug = key,
          .title = key,
          .excerpt = "of " + key,
          .key = key,
          .weight = weight,
          .named = named};
}

struct terms {
  terms() {
    REQUIRE(sqlite3_open(":memory:", &db) == SQLITE_OK);
    REQUIRE(openkb::registry(db).make_tables());
  }
  terms(const terms&) = delete;
  terms& operator=(const terms&) = delete;
  ~terms() { sqlite3_close(db); }

  entry add(const std::string& name, const std::vector<topic>& topics) {
    entry e{0, name, "hash of " + name, "/" + name, "text", "Title of " + name, "2026", "2026", 7, name, "", "", false};
    e.id = openkb::registry(db).put(e).value();
    said = put(e, topics);
    return e;
  }
  openkb::topic_changes put(const entry& e, const std::vector<topic>& topics) {
    auto changes = openkb::term_registry(db).put(e, topics).value();
    for (const auto& change : changes.pages) {
      auto& lines = pages[change.page.slug];
      for (const auto& part : change.put) lines.insert(part.document);
      for (const auto& name : change.dropped) lines.erase(name);
      if (change.gone) gone += lines.empty() ? "" : change.page.slug + " goes with lines; ";
      if (lines.empty()) pages.erase(change.page.slug);
    }
    return changes;
  }
  void remove(const entry& e) {
    said = put(e, {});
    REQUIRE(openkb::registry(db).remove(e.id));
  }

  [[nodiscard]] std::vector<std::string> pages_of(const entry& e) const {
    std::vector<std::string> out;
    const auto joined = openkb::term_registry(db).pages_of(e.id).value();
    for (const auto& t : joined) out.push_back(t.slug);
    return out;
  }
  [[nodiscard]] std::vector<std::string> rows(const std::string& sql) const {
    std::vector<std::string> out;
    auto row = statement::prepare(db, sql).value();
    while (row.next().value()) out.push_back(row.text(0));
    return out;
  }
  [[nodiscard]] std::map<std::string, std::vector<std::string>> everything() const {
    return {
        {"terms", rows("SELECT key || documents || ' ' || iif(documents = 1, document_id, 0) || ' ' || (page_id <> 0)"
                       " || ' ' || parts FROM terms ORDER BY 1")},
        {"document_terms", rows("SELECT document_id || key || (page_id <> 0) || ' ' || rank FROM document_terms"
                                " ORDER BY 1")},
        {"parts", rows("SELECT slug || document_id FROM page_documents JOIN pages ON id = page_id ORDER BY 1")},
        {"pages", rows("SELECT kind || slug || title FROM pages ORDER BY 1")},
        {"tallies", rows("SELECT what || number FROM tallies WHERE number <> 0 ORDER BY 1")}};
  }
  // What is not as it has to be; empty when all is.
  [[nodiscard]] std::vector<std::string> wrong() const {
    return rows(
        "SELECT 'count of ' || key FROM terms t WHERE documents <> (SELECT count(*) FROM document_terms d WHERE"
        " d.key = t.key)"
        " UNION SELECT 'parts of ' || key FROM terms t WHERE parts <> (SELECT count(*) FROM page_documents p WHERE"
        " p.page_id = t.page_id)"
        " UNION SELECT 'parts in ' || key FROM terms t WHERE parts <> (SELECT count(*) FROM document_terms d WHERE"
        " d.key = t.key AND d.page_id = t.page_id AND d.page_id <> 0)"
        " UNION SELECT 'too few parts: ' || key FROM terms WHERE documents > 1 AND parts < 2"
        " UNION SELECT 'page of ' || key FROM terms t WHERE (page_id <> 0) <> (documents > 1 OR (SELECT named FROM"
        " document_terms d WHERE d.key = t.key))"
        " UNION SELECT 'only one: ' || key FROM terms t WHERE documents = 1 AND document_id <> (SELECT document_id FROM"
        " document_terms d WHERE d.key = t.key)"
        " UNION SELECT 'page without a term: ' || slug FROM pages WHERE id NOT IN (SELECT page_id FROM terms)"
        " UNION SELECT 'tally' WHERE (SELECT total(number) FROM tallies WHERE what = 'concept') <> (SELECT count(*)"
        " FROM pages) OR (SELECT total(number) FROM tallies WHERE what = 'documents') <> (SELECT count(*) FROM"
        " documents) OR (SELECT total(number) FROM tallies WHERE what LIKE 'initial %') <> (SELECT count(*) FROM"
        " documents)");
  }

  // As the files are, if whoever writes them does what is said.
  [[nodiscard]] std::map<std::string, std::set<std::string>> expected_pages() const {
    std::map<std::string, std::set<std::string>> out;
    auto row =
        statement::prepare(db,
                           "SELECT slug, name FROM page_documents JOIN pages ON pages.id = page_id JOIN documents"
                           " ON documents.id = document_id")
            .value();
    while (row.next().value()) out[row.text(0)].insert(row.text(1));
    return out;
  }

  sqlite3* db = nullptr;
  openkb::topic_changes said;
  std::map<std::string, std::set<std::string>> pages;
  std::string gone;
};

}  // namespace

TEST_CASE("terms: a page is there from two documents on, with the parts of both, and goes when one is left") {
  terms at;
  const auto a = at.add("a", {about("x"), about("y")});
  CHECK(at.said.pages.empty());
  const auto before = at.everything();
  const auto b = at.add("b", {about("x", 20)});
  REQUIRE(at.said.pages.size() == 1);
  const auto& made = at.said.pages[0];
  REQUIRE(made.put.size() == 2);
  CHECK(made.put[0].document == "a");
  CHECK(made.put[0].excerpt == "of x");
  CHECK(made.put[1].title == "Title of b");
  CHECK(at.said.neighbours == std::map<std::int64_t, std::string>{{a.id, "a"}});
  CHECK(at.pages_of(a) == std::vector<std::string>{"x"});
  CHECK(at.wrong().empty());
  at.remove(b);
  REQUIRE(at.said.pages.size() == 1);
  CHECK(at.said.pages[0].gone);
  CHECK(at.said.pages[0].dropped == std::vector<std::string>{"b", "a"});
  CHECK(at.said.neighbours == std::map<std::int64_t, std::string>{{a.id, "a"}});
  CHECK(at.everything() == before);
}

TEST_CASE("terms: what a heading names has a page at once, and others lose it when that document goes") {
  terms at;
  const auto a = at.add("a", {about("x", 10, true)});
  CHECK(at.pages_of(a) == std::vector<std::string>{"x"});
  const auto b = at.add("b", {about("x")});
  CHECK(at.pages_of(b) == std::vector<std::string>{"x"});
  CHECK(at.said.pages[0].put.size() == 1);
  CHECK(at.said.neighbours.empty());
  at.remove(a);
  CHECK(at.said.pages[0].gone);
  CHECK(at.pages_of(b).empty());
  CHECK(at.wrong().empty());
}

TEST_CASE("terms: a term is one page, as the document that says more of it writes and takes it") {
  terms at;
  auto name = about("x", 30);
  name.kind = topic_kind::entity_page;
  name.title = "X Window System";
  const auto a = at.add("a", {about("x")});
  const auto b = at.add("b", {name});
  CHECK(at.rows("SELECT kind || ' ' || slug FROM pages") == std::vector<std::string>{"entity x-window-system"});
  // Another term of the same name has a page of its own.
  auto other = about("z", 10, true);
  other.title = "X window system";
  at.add("c", {other});
  CHECK(at.rows("SELECT 1 FROM pages").size() == 2);
  CHECK(at.rows("SELECT DISTINCT slug FROM pages").size() == 2);
}

TEST_CASE("terms: of known pages a document joins those that tell it apart best, and none that all have") {
  terms at;
  for (int i = 0; i < 40; ++i) {
    const auto n = std::to_string(i);
    std::vector<topic> topics{about("everywhere"), about("pair " + std::to_string(i / 2))};
    for (int j = 0; j < 16; ++j) {
      if (i % 16 == j) topics.push_back(about("some " + std::to_string(j), 10 + j));
    }
    at.add("d" + n, topics);
  }
  CHECK(at.wrong().empty());
  CHECK(at.rows("SELECT parts FROM terms WHERE key = 'everywhere'").at(0) != "40");
  CHECK(at.rows("SELECT documents FROM terms WHERE key = 'everywhere'").at(0) == "40");
  std::vector<topic> all{about("everywhere", 100)};
  for (int j = 0; j < 16; ++j) all.push_back(about("some " + std::to_string(j), 10 + j));
  const auto last = at.add("last", all);
  const auto joined = at.pages_of(last);
  CHECK(joined.size() == openkb::most_pages);
  CHECK(joined.front() == "some-15");
  CHECK(std::ranges::find(joined, "everywhere") == joined.end());
  CHECK(openkb::rank_of(10, 2, 100) > openkb::rank_of(10, 3, 100));
  CHECK(openkb::rank_of(10, 1, 1) > 0);
}

TEST_CASE("terms: whatever comes, changes and goes, the rows fit together, and what came last goes without a trace") {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto below = [&](unsigned n) { return static_cast<unsigned>(random() % n); };
    const auto some_topics = [&] {
      std::map<std::string, topic> by_key;
      for (auto n = below(8); n > 0; --n) {
        const auto key = "t" + std::to_string(below(12));
        by_key.insert_or_assign(key, about(key, 1 + below(50), below(5) == 0));
      }
      std::vector<topic> out;
      for (auto& [key, t] : by_key) out.push_back(t);
      return out;
    };
    terms at;
    std::vector<entry> here;
    for (int step = 0; step < 60; ++step) {
      CAPTURE(step);
      const auto what = below(4);
      if (here.empty() || what == 0) {
        here.push_back(at.add("d" + std::to_string(step), some_topics()));
      } else if (what == 1) {
        const auto before = at.everything();
        const auto added = at.add("e" + std::to_string(step), some_topics());
        at.remove(added);
        REQUIRE(at.everything() == before);
      } else if (what == 2) {
        const auto topics = some_topics();
        const auto& one = here[below(static_cast<unsigned>(here.size()))];
        at.put(one, topics);
        const auto once = at.everything();
        at.put(one, topics);
        REQUIRE(at.everything() == once);
      } else {
        const auto which = static_cast<std::ptrdiff_t>(below(static_cast<unsigned>(here.size())));
        at.remove(here[static_cast<std::size_t>(which)]);
        here.erase(here.begin() + which);
      }
      REQUIRE(at.wrong() == std::vector<std::string>{});
      REQUIRE(at.pages == at.expected_pages());
      REQUIRE(at.gone == "");
    }
  }
}
