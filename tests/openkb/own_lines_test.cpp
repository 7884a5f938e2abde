// What on a page is openkb's own, and what is not: that stays to the byte, where it is.

#include "articles.hpp"
#include "old_format.hpp"
#include "program.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/pages.hpp"
#include "wiki/summary_topics.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace {

namespace pages = openkb::pages;
using openkb::testing::article;
using openkb::testing::content_of;
using openkb::testing::other;
using openkb::testing::place;

std::string replaced(std::string text, const std::string& words, const std::string& by) {
  const auto at = text.find(words);
  REQUIRE(at != std::string::npos);
  return text.replace(at, words.size(), by);
}

std::string with_crlf(const std::string& text) {
  std::string out;
  for (const auto c : text) out += c == '\n' ? std::string("\r\n") : std::string(1, c);
  return out;
}

// A knowledge base with two documents that share topics.
struct library : place {
  library() {
    REQUIRE(run({"init"}).code == 0);
    REQUIRE(add(write("a.md", article)).code == 0);
    REQUIRE(add(write("b.md", other)).code == 0);
  }
  [[nodiscard]] std::string text(const std::string& page) const { return content_of(kb() / "wiki" / page); }
  void put(const std::string& page, const std::string& text) const { write("kb/wiki/" + page, text); }
};

bool has(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("openkb index: what stands where the closing comment was is a person's, also before another part") {
  const library at;
  const std::string mine = "## My notes\n\nprecious words\n";
  at.put("index.md", replaced(at.text("index.md"), "<!-- openkb kept what precedes -->\n", mine));
  const auto lost = at.text("index.md");
  REQUIRE(at.add(at.write("c.md", "# One more\n\nA text.\n")).code == 0);
  REQUIRE(at.add(at.write("d.md", "# And one\n\nOther words.\n")).code == 0);
  CHECK(at.text("index.md").starts_with(lost));
  const auto before = at.text("index.md");
  CHECK(has(before.substr(lost.size()), "4 documents, "));
  CHECK(at.run({"lint", "--fix"}).code == 0);
  CHECK(at.text("index.md") == before);
}

TEST_CASE("openkb index: its part is what stands between two lines, however they end") {
  openkb::pages::contents now;
  now.documents = 2;
  const auto whole = pages::with_contents("Mine.\n", now);
  CHECK(pages::contents_in("see <!-- openkb keeps what follows -->\n<!-- openkb kept what precedes -->\n").empty());
  const auto cut = whole.substr(0, whole.size() - 1);
  CHECK(pages::with_contents(cut, now) == cut);
  now.documents = 3;
  const auto other_way = "<!-- openkb kept what precedes -->\nMine.\n" + whole + "Mine too.";
  const auto changed = pages::with_contents(other_way, now);
  CHECK(changed == replaced(other_way, "2 documents", "3 documents"));
}

TEST_CASE("openkb recompile: of a source page that a person edited only openkb's own line is written anew") {
  const library at;
  const std::string page = "sources/a.md";
  const auto written = at.text(page);
  const auto head = written.substr(0, written.find('\n'));
  const auto text = written.substr(head.size() + 2);
  std::string edited;
  SUBCASE("a note below it") { edited = head + "\nMY NOTE\n\n" + text; }
  SUBCASE("and no empty line") { edited = head + "\nMY NOTE\n" + text + "\n\n"; }
  SUBCASE("saved with CRLF") {
    edited = head + "\r\n\r\n# Atomic commit\r\n\r\nThe rollback journal.\r\n\nA paragraph\n\nand one more.";
  }
  at.put(page, edited);
  REQUIRE(at.run({"recompile", "a"}).code == 0);
  CHECK(at.text(page) == edited);
  CHECK(has(at.run({"search", "\"rollback journal\""}).out, "a  "));
  // The line itself follows the title.
  at.put(page, replaced(edited, "[Atomic commit]", "[Earlier]"));
  REQUIRE(at.run({"recompile", "a"}).code == 0);
  CHECK(at.text(page) == edited);
}

TEST_CASE("openkb recompile: a first line that only resembles openkb's is text, and openkb's comes before it") {
  const library at;
  const std::string page = "sources/a.md";
  const auto written = at.text(page);
  const auto head = written.substr(0, written.find('\n'));
  std::string edited;
  SUBCASE("a person's own") { edited = "*Full text of mine.*\n\n# Atomic commit\n\nI wrote this anew.\n"; }
  SUBCASE("more behind it") { edited = replaced(written, ".*\n", ".* And my note.\n"); }
  SUBCASE("more in it") { edited = replaced(written, "(../../raw/a.md).*\n", "(../../raw/a.md) of (mine).*\n"); }
  at.put(page, edited);
  REQUIRE(at.run({"recompile", "a"}).code == 0);
  CHECK(at.text(page) == head + "\n\n" + edited);
  REQUIRE(at.run({"recompile", "a"}).code == 0);
  CHECK(at.text(page) == head + "\n\n" + edited);
}

TEST_CASE("openkb summaries: what a person wrote around the topics stays to the byte, where it is") {
  const auto of = [](const char* slug, openkb::topic_kind kind) {
    return openkb::topic{.kind = kind, .slug = slug, .title = slug, .excerpt = {}};
  };
  const auto a = of("a", openkb::topic_kind::concept_page);
  const auto b = of("b", openkb::topic_kind::concept_page);
  const auto c = of("c", openkb::topic_kind::concept_page);
  const auto x = of("x", openkb::topic_kind::entity_page);
  const std::string mine =
      "## Concepts\n\n## Entities\n\nMine.\n```\n## Entities\n- [x](../entities/x.md)\n\n\n## Concepts\n```\n";
  const std::string head = "# Title\n\nText.\n\n- Source: x\n- Added: today\n";
  std::function<std::string(const std::string&)> edited;
  SUBCASE("behind them") {
    edited = [&](const auto& page) { return page + "\n\n\n" + mine + "\n\nNo line end"; };
  }
  SUBCASE("in a fence without an end") {
    edited = [&](const auto& page) { return page + "\n" + mine + "```\nx\n"; };
  }
  SUBCASE("before them") {
    edited = [&](const auto& page) { return replaced(page, "- Source", mine + "\n\n- Source"); };
  }
  SUBCASE("beside the source") {
    edited = [&](const auto& page) { return replaced(page, "today\n", "today\n- Mine\n"); };
  }
  SUBCASE("saved with CRLF") {
    edited = [&](const auto& page) { return with_crlf(page + "\n\n" + mine); };
  }
  const auto written = [&](const std::vector<openkb::topic>& topics) {
    return edited(pages::with_topics(head, topics));
  };
  CHECK(pages::with_topics(written({a, x}), {a, x}) == written({a, x}));
  CHECK(pages::with_topics(written({a, x}), {b, a, c, x}) == written({b, a, c, x}));
  CHECK(pages::with_topics(written({x}), {b, a, x}) == written({b, a, x}));
  CHECK(pages::with_topics(written({a}), {b, x}, {a}) == written({b, x}));
  CHECK(pages::with_topics(written({a, b, x}), {}, {a, b, x}) == written({}));
  CHECK(pages::with_topics(written({}), {a, b, x}) == written({a, b, x}));
  CHECK(pages::topics_in(written({a, b, x})).size() == 3);
}

TEST_CASE("openkb summaries: a person's lines among the topics stay with those that they stand by") {
  const auto of = [](const char* slug) {
    return openkb::topic{.kind = openkb::topic_kind::concept_page, .slug = slug, .title = slug, .excerpt = {}};
  };
  const std::string page =
      "# T\n\n## Concepts\n\nSee these:\n\n\n- [a](../concepts/a.md)\n  of which I know little\n- mine\n- "
      "[b](../concepts/b.md)\n"
      "- [c](../concepts/c.md)\n  more\nEnd";
  CHECK(pages::with_topics(page, {of("c"), of("b"), of("a")}) == page);
  CHECK(pages::with_topics(page, {of("a"), of("c"), of("d")}, {of("b")}) ==
        replaced(replaced(page, "- [b](../concepts/b.md)\n", ""), "End", "- [d](../concepts/d.md)\nEnd"));
  const auto rest = pages::with_topics(page, {}, {of("a"), of("b"), of("c")});
  CHECK(rest == "# T\n\n## Concepts\n\nSee these:\n\n\n  of which I know little\n- mine\n  more\nEnd");
}

TEST_CASE("openkb summaries: adds, removals and lint --fix leave a person's sections alone") {
  const library at;
  const std::string page = "summaries/a.md";
  const std::string mine = "\n\n\n## Concepts\n\n```\n## Entities\n```\n\n\n## Concepts\n\nNo line end";
  at.put(page, at.text(page) + mine);
  const auto edited = at.text(page);
  CHECK(at.run({"lint", "--fix"}).code == 0);
  CHECK(at.text(page) == edited);
  REQUIRE(at.run({"remove", "b"}).code == 0);
  CHECK_FALSE(has(at.text(page), "(../entities/ada-lovelace.md)"));
  CHECK(at.text(page).ends_with(mine));
  REQUIRE(at.add(at.path() / "b.md").code == 0);
  CHECK(at.text(page) == edited);
}

TEST_CASE("openkb upgrade: of the index of format 2 only the lines go that an older openkb wrote") {
  const openkb::testing::old_place at;
  const std::string sentence =
      "Every document, in the order in which they were added. Each summary leads on to concepts and entities. "
      "[Log](log.md)";
  const std::string line = "- [a](summaries/a.md) (markdown, added 2026-01-31)";
  const std::string mine =
      "- [Read this first](summaries/a.md) because it is short\n- [a](summaries/a.md)\n- [a](summaries/a.md) "
      "(markdown, "
      "added 2026-01-31), and read\n- [a](summaries/a.md) (slides, added 2026-01-31)\n- [A](summaries/a.md) (markdown, "
      "added 2026-01-31)\n\n\n\nNo line end";
  std::string before = "# Index\n\n" + sentence + "\n\n" + line + "\n\n\n" + mine;
  std::string after = "# Index\n\n\n\n" + mine;
  SUBCASE("as it was written") {}
  SUBCASE("saved with CRLF") {
    before = with_crlf(before);
    after = with_crlf(after);
  }
  at.write("kb/wiki/index.md", before);
  CHECK(at.run({"lint"}).code == 0);
  REQUIRE(at.add_other().code == 0);
  const auto index = content_of(at.kb() / "wiki/index.md");
  CHECK(index.substr(0, index.find("<!--")).starts_with(after));
  CHECK(index.substr(0, index.find("<!--")).size() <= after.size() + 4);
  CHECK(at.run({"lint"}).code == 0);
}

TEST_CASE("openkb pages: a topic's page whose heading a person edited stays when its last document goes") {
  const library at;
  const std::string page = "concepts/rollback-journal.md";
  const std::string mine = "# Rollback Journal (RJ), see chapter 3\n";
  const auto edited = mine + at.text(page).substr(at.text(page).find('\n') + 1);
  const auto bare = edited.substr(0, edited.find("- ["));
  at.put(page, edited);
  CHECK_FALSE(has(at.run({"remove", "--dry-run", "a", "b"}).out, "- wiki/" + page));
  REQUIRE(at.run({"remove", "a", "b"}).code == 0);
  CHECK(at.text(page) == bare);
  // A line that is stale goes by lint, and the heading does not.
  at.put(page, edited);
  (void)at.run({"lint", "--fix"});
  CHECK(at.text(page) == bare);
}

TEST_CASE("openkb pages: a heading is openkb's as it wrote it, or where only the file's name is known as that says") {
  openkb::topic t{openkb::topic_kind::concept_page, "rollback-journal", "Rollback *journal*", {}};
  const auto head = pages::topic_head(t);
  CHECK(pages::is_bare_topic(head, t));
  CHECK_FALSE(pages::is_bare_topic(replaced(head, "journal", "Journal"), t));
  t.title.clear();
  CHECK(pages::is_bare_topic(head, t));
  CHECK_FALSE(pages::is_bare_topic(replaced(head, "journal", "journals"), t));
  t.slug += "-0123abcd";
  CHECK(pages::is_bare_topic(head, t));
}

TEST_CASE("openkb pages: in pages that were saved with CRLF openkb finds its own lines again") {
  const library at;
  for (const auto& file : std::filesystem::recursive_directory_iterator(at.kb() / "wiki")) {
    if (file.path().extension() == ".md")
      at.write(file.path().lexically_relative(at.path()).native(), with_crlf(content_of(file.path())));
  }
  const auto saved = at.image();
  const auto lint = at.run({"lint", "--fix"});
  CHECK(lint.out == "clean\n");
  CHECK(difference_text(saved, at.image()) == "");
  REQUIRE(at.add(at.write("c.md", "# Storage\n\nGrace Hopper has a rollback journal.\n")).code == 0);
  CHECK(at.run({"lint"}).out == "clean\n");
  CHECK(has(at.text("index.md"), "3 documents, "));
  const auto index = at.text("index.md");
  CHECK(index.find('\n') != 0);
  for (std::size_t i = 0; (i = index.find('\n', i + 1)) != std::string::npos;) CHECK(index[i - 1] == '\r');
  REQUIRE(at.run({"remove", "b", "c"}).code == 0);
  for (const auto* page : {"index/s.md", "entities/grace-hopper.md"})
    CHECK_FALSE(std::filesystem::exists(at.kb() / "wiki" / page));
  for (const auto& name : {"index.md", "summaries/a.md", "index/a.md", "entities/ada-lovelace.md"}) {
    CHECK_FALSE(has(at.text(name), "/b.md"));
    CHECK_FALSE(has(at.text(name), "rollback-journal.md"));
  }
  CHECK(at.run({"lint"}).out == "clean\n");
}

TEST_CASE("openkb pages: a line is replaced or taken out, and the others keep what they end with") {
  const auto a = pages::topic_part({"a", "A", "old"});
  const auto line = a.substr(0, a.size() - 1);
  const auto changed = pages::topic_part({"a", "A", "new"});
  const auto now = changed.substr(0, changed.size() - 1);
  CHECK(pages::with_part("x\r\n" + line + "\r\ny\n" + line, "a", changed) == "x\r\n" + now + "\r\ny\n");
  CHECK(pages::with_part("x\r\n" + line + "\r\n\r\nMine", "a", {}) == "x\r\n\r\nMine");
  CHECK(pages::with_part("x\r\n" + line, "a", changed) == "x\r\n" + now);
  CHECK(pages::with_part("Mine", "a", a) == "Mine\n" + a);
}
