// What the wiki says documents are about.

#include "program.hpp"
#include "text/initial.hpp"
#include "text/stemmer.hpp"
#include "topics/compiler.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/summary_topics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::place;

openkb::compiled compiled(const std::string& markdown) {
  openkb::document d;
  d.stem = "my-file";
  d.markdown = markdown;
  return openkb::compile(d);
}

const openkb::topic* find(const openkb::compiled& c, std::string_view key) {
  const auto found = std::ranges::find(c.topics, key, &openkb::topic::key);
  return found == c.topics.end() ? nullptr : &*found;
}

bool has(const place& at, const std::string& name) { return fs::exists(at.kb() / name); }

// Enough prose for terms to come back in.
std::string said_often(const std::string& of) {
  std::string out;
  for (int i = 0; i < 4; ++i) out += "Nobody forgets " + of + " here. What we know of " + of + " is told below.\n\n";
  return out;
}

constexpr auto entity = openkb::topic_kind::entity_page;
constexpr auto concept_page = openkb::topic_kind::concept_page;

}  // namespace

TEST_CASE("openkb topics: what says nothing is no topic: stop words, general words, participles, chrome") {
  for (const auto* word :
       {"the affected", "the previous", "Let's look", "the next", "a file", "the value", "the option", "the warning",
        "January", "the specified", "the compressed", "automatically"}) {
    CAPTURE(word);
    CHECK(compiled(said_often(word)).topics.empty());
  }
  CHECK(compiled("[Next](a.html) | [Previous](b.html) | [Atomic commit](c.html)\n\n" + said_often("this"))
            .topics.empty());
}

TEST_CASE("openkb topics: hosts, hashes, versions, file names, options, identifiers and code are none") {
  for (const auto* word :
       {"the github.com", "https://github.com/x", "the 9f86d081884c7d65", "the v1.2.3", "the main.cpp", "/etc/fstab",
        "the --verbose", "the my_function", "the fooBar", "the std::vector", "the fork(2)", "a@example.org",
        "the `rollback journal`", "the `rollback` ``jour`nal``", "the x86-64", "2026-01-31"}) {
    CAPTURE(word);
    CHECK(compiled(said_often(word)).topics.empty());
  }
  CHECK(find(compiled(said_often("the rollback journal")), "rollback journal") != nullptr);
}

TEST_CASE("openkb topics: singular and plural are one, written as the text writes it most") {
  const auto c = compiled(
      "A rollback journal is kept. The rollback journals are small. Of rollback journals there are "
      "two, and no rollback-journals are lost. We keep the Rollback Journals.\n");
  const auto* t = find(c, "rollback journal");
  REQUIRE(t != nullptr);
  CHECK(t->title == "Rollback journals");
  CHECK(t->kind == concept_page);
  CHECK(std::ranges::count(c.topics, "rollback journal", &openkb::topic::key) == 1);
}

TEST_CASE("openkb topics: what the text usually writes without capitals is no name") {
  const auto c = compiled(
      "We read the User Manual once. The user manual is long, and a user manual grows. Ask the Free Software "
      "Foundation "
      "about it, since the Free Software Foundation knows. It was Ada Lovelace who wrote it. By Debian it is kept, and "
      "of Debian we speak. The SQL of it is old, and of SQL we say more.\n");
  for (const std::string key : {"free softwar foundat", "ada lovelac", "debian", "sql"}) {
    CAPTURE(key);
    REQUIRE(find(c, key) != nullptr);
    CHECK(find(c, key)->kind == entity);
  }
  REQUIRE(find(c, "user manual") != nullptr);
  CHECK(find(c, "user manual")->kind == concept_page);
  // Parts of names are nothing by themselves.
  for (const auto* key : {"foundat", "softwar foundat", "lovelac"}) CHECK(find(c, key) == nullptr);
}

TEST_CASE("openkb topics: a text in another language has what its headings and names say, and no words by chance") {
  const auto c = compiled(
      "# Das Rückspulprotokoll\n\nDie Datei wird vom Dienst gelesen, und der Dienst schreibt die Datei. Das "
      "Rückspulprotokoll hält die alten Seiten. Die Datei bleibt, der Dienst auch, sagt Ada Lovelace. Der Dienst ruht "
      "nie. Die Datei wächst. Ada Lovelace schweigt.\n");
  CHECK(find(c, "ada lovelac") != nullptr);
  CHECK(find(c, "datei") == nullptr);
  CHECK(find(c, "dienst") == nullptr);
}

TEST_CASE(
    "openkb topics: a page is there from two documents on, or when a heading names it; a removal is the opposite") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const std::string one =
      "# Atomic commit\n\nAn atomic commit is whole. The page cache is small, and a page cache is old.\n";
  REQUIRE(at.add(at.write("a.md", one)).code == 0);
  CHECK(has(at, "wiki/concepts/atomic-commit.md"));
  CHECK_FALSE(has(at, "wiki/concepts/page-cache.md"));
  const auto before = at.image(false);
  const auto two = at.write("b.md", "# Memory\n\nOf page caches there are many. The page cache of Linux is one.\n");
  REQUIRE(at.run({"--json", "add", two.native()}).code == 0);
  const auto page = content_of(at.kb() / "wiki/concepts/page-cache.md");
  CHECK(page.find("[Atomic commit](../summaries/a.md): The page cache is small, and a page cache is old.") !=
        std::string::npos);
  CHECK(page.find("[Memory](../summaries/b.md): ") != std::string::npos);
  CHECK(content_of(at.kb() / "wiki/summaries/a.md").find("(../concepts/page-cache.md)") != std::string::npos);
  CHECK(at.wrong() == "");
  CHECK(at.run({"lint"}).code == 0);
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
  REQUIRE(at.run({"remove", "b"}).code == 0);
  auto after = at.image(false);
  auto expected = before;
  for (auto* image : {&after, &expected}) image->entries.erase("wiki/log.md");
  CHECK(difference_text(expected, after) == "");
}

TEST_CASE("openkb topics: a page that a person wrote on outlives its documents, and takes them up again") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(at.add(at.write("a.md", said_often("the rollback journal"))).code == 0);
  REQUIRE(at.add(at.write("b.md", "# Other\n\n" + said_often("the rollback journal"))).code == 0);
  const std::string page = "kb/wiki/concepts/rollback-journal.md";
  at.write(page, content_of(at.path() / page) + "\nMine.\n");
  REQUIRE(at.run({"remove", "b"}).code == 0);
  const auto left = content_of(at.path() / page);
  CHECK(left.ends_with("\nMine.\n"));
  CHECK(left.find("openkb -->") == std::string::npos);
  CHECK(at.run({"lint"}).code == 0);
  REQUIRE(at.add(at.path() / "b.md").code == 0);
  CHECK(content_of(at.path() / page).starts_with(left));
  CHECK(content_of(at.path() / page).find("(../summaries/a.md)") != std::string::npos);
}

TEST_CASE("openkb summary: whole sentences that begin a thought, or none") {
  const auto c = compiled(
      "# Journals\n\nthe pager of the database journal has begun\n\nHowever, the rollback journal of a database is "
      "never "
      "written twice by the pager. It keeps the rollback journal of the database for the pager. The pager writes the "
      "rollback journal of a database first. These journals of the database pager are kept. The journal of the "
      "database, written by the pager as `x = y; z = w;` {code}. Every database keeps the journal that its pager wrote "
      "before. In this case the pager keeps the journal of the database.\n\n- The pager of a database journal, in a "
      "list, is written.\n\n| The | pager | of | the | journal. |\n");
  CHECK(c.summary == std::vector<std::string>{"The pager writes the rollback journal of a database first.",
                                              "Every database keeps the journal that its pager wrote before."});
  CHECK(compiled("# Nothing\n\nno sentence at all\n\n- a list of words\n").summary.empty());
}

TEST_CASE("openkb index: titles, groups and counts; a person's words around them stay") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const std::string index = "kb/wiki/index.md";
  at.write(index, "Mine, before.\n\n" + content_of(at.path() / index) + "\nMine, behind.\n");
  REQUIRE(at.add(at.write("a.md", "# The Zebra\n\n" + said_often("the rollback journal"))).code == 0);
  REQUIRE(at.add(at.write("b.md", "# 7 zebras\n\n" + said_often("the rollback journal"))).code == 0);
  REQUIRE(at.add(at.write("c.md", "# Zoo\n\nSmall.\n")).code == 0);
  const auto text = content_of(at.path() / index);
  CHECK(text.starts_with("Mine, before.\n"));
  CHECK(text.ends_with("\nMine, behind.\n"));
  for (const auto* line :
       {"3 documents, 1 concept and 0 entities.", "[Z](index/z.md): 2 documents", "[0-9](index/0-9.md): 1 document\n",
        "[Rollback journal](concepts/rollback-journal.md): 2 doc",
        "[The Zebra](summaries/a.md) (markdown, added 2026-01-31)"}) {
    CAPTURE(line);
    CHECK(text.find(line) != std::string::npos);
  }
  CHECK(content_of(at.kb() / "wiki/index/z.md").find("[The Zebra](../summaries/a.md)") != std::string::npos);
  REQUIRE(at.run({"remove", "b"}).code == 0);
  CHECK_FALSE(has(at, "wiki/index/0-9.md"));
  CHECK(content_of(at.path() / index).find("0-9") == std::string::npos);
  CHECK(openkb::initial_of("Ärger") == "ä");
  CHECK(openkb::initial_of("日本") == "other");
  CHECK(openkb::initial_of("...") == "other");
}

TEST_CASE("openkb index: it is no longer for many documents than for some") {
  openkb::pages::contents now;
  now.documents = 1'000'000;
  for (int i = 0; i < openkb::pages::most_latest; ++i) now.latest.emplace_back().title = "Title";
  CHECK(openkb::pages::with_contents({}, now).size() < 4096);
}

TEST_CASE("pages: other topics take the place of a summary's, and a person's lines among them stay") {
  const auto of = [](const char* slug, openkb::topic_kind kind) {
    return openkb::topic{.kind = kind, .slug = slug, .title = slug, .excerpt = {}};
  };
  const std::string head = "# Title\n\nText.\n\n- Source: x\n";
  const auto with = [&](const std::string& page, const std::vector<openkb::topic>& topics,
                        const std::vector<openkb::topic>& left = {}) {
    return openkb::pages::with_topics(page, topics, left);
  };
  CHECK(with(head, {}) == head);
  const auto both = with(head, {of("a", concept_page), of("b", entity)});
  CHECK(both == head + "\n## Concepts\n\n- [a](../concepts/a.md)\n\n## Entities\n\n- [b](../entities/b.md)\n");
  CHECK(with(both, {}, {of("a", concept_page), of("b", entity)}) == head);
  CHECK(with(both, {}) == both);
  CHECK(with(with(head, {of("b", entity)}), {of("a", concept_page), of("b", entity)}) == both);
  const auto mine = with(both + "- mine\n- [b](../entities/b.md): mine\n\n## Notes\n\nMine.\n", {of("c", entity)},
                         {of("a", concept_page), of("b", entity)});
  CHECK(mine == head +
                    "\n## Entities\n\n- [c](../entities/c.md)\n- mine\n- [b](../entities/b.md): mine\n\n## "
                    "Notes\n\nMine.\n");
  CHECK(with(mine, {of("c", entity)}) == mine);
}

TEST_CASE("stemmer: forms of a word are one, and a hyphen is a blank") {
  openkb::stemmer stem;
  CHECK(stem("journals") == stem("journal"));
  CHECK(stem.of_phrase("write-ahead logs") == stem.of_phrase("write ahead log"));
  CHECK(stem.of_phrase("- -") == "");
  CHECK(stem(std::string(10'000, 'a')).size() == 10'000);
}
