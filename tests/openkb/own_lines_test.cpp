// What on a page is openkb's own, and what is not: that stays to the byte, where it is.

#include "program.hpp"
#include "wiki/index_pages.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>

namespace {

namespace pages = openkb::pages;
using openkb::testing::content_of;
using openkb::testing::place;

const std::string article =
    "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal. The rollback journal is synced "
    "first, and the atomic commit follows. Ada Lovelace wrote it down.\n";
const std::string other =
    "# Storage engines\n\nA storage engine of Grace Hopper keeps a rollback journal. The storage engine was read by "
    "Ada Lovelace, and the rollback journal of Ada Lovelace is small.\n";

std::string replaced(std::string text, const std::string& words, const std::string& by) {
  const auto at = text.find(words);
  REQUIRE(at != std::string::npos);
  return text.replace(at, words.size(), by);
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
