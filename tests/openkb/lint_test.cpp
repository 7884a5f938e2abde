// What `lint --fix` changes, and what it leaves to a person.

#include "articles.hpp"
#include "program.hpp"

#include <commitpoint/step.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::other;
using openkb::testing::place;
using openkb::testing::png;

const std::string& article = openkb::testing::illustrated_article;
const std::string topic = "wiki/concepts/rollback-journal.md";

// A knowledge base with two documents that share topics.
struct library : place {
  library() {
    write("img/a.png", png("A"));
    REQUIRE(run({"init"}).code == 0);
    REQUIRE(add(write("a.md", article)).code == 0);
    REQUIRE(add(write("b.md", other)).code == 0);
    REQUIRE(fs::exists(kb() / topic));
  }
  [[nodiscard]] std::string text(const std::string& file) const { return content_of(kb() / file); }
  void put(const std::string& file, const std::string& text) const { write("kb/" + file, text); }
  void append(const std::string& file, const std::string& more) const { put(file, text(file) + more); }
  void drop(const std::string& file, const std::string& words) const {
    auto now = text(file);
    const auto at = now.find(words);
    REQUIRE(at != std::string::npos);
    put(file, now.erase(at, words.size()));
  }
  [[nodiscard]] std::string line_of(const std::string& file, const std::string& words) const {
    const auto now = text(file);
    const auto at = now.find(words);
    REQUIRE(at != std::string::npos);
    const auto begin = now.rfind('\n', at) + 1;
    return now.substr(begin, now.find('\n', at) + 1 - begin);
  }
  [[nodiscard]] nlohmann::json lint() const { return run({"--json", "lint"}).json(); }
  [[nodiscard]] nlohmann::json fix() const { return run({"--json", "lint", "--fix"}).json(); }
};

std::set<std::string> changed(const nlohmann::json& fixed) {
  std::set<std::string> out;
  for (const auto& file : fixed["mended"]) out.insert(file.get<std::string>());
  CHECK(out.size() == fixed["mended"].size());
  return out;
}

std::string last_line(const std::string& text) {
  const auto end = text.substr(0, text.size() - 1);
  return end.substr(end.rfind('\n') + 1);
}

bool has(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("openkb lint: a line of openkb's that is missing comes back, and what a person edited stays to the byte") {
  const library at;
  const auto page = at.text(topic);
  at.append("wiki/summaries/a.md", "\n\n## My notes\n\nMine, with two blanks.  \n\n\n");
  at.put("wiki/sources/a.md", "*Full text of mine.*\n\nI wrote this anew.\n");
  const auto summary = at.text("wiki/summaries/a.md");
  SUBCASE("the line") { at.drop(topic, at.line_of(topic, "(../summaries/a.md)")); }
  SUBCASE("the page") { fs::remove(at.kb() / topic); }
  const auto said = at.fix();
  CHECK(said["status"] == "clean");
  CHECK(changed(said) == std::set<std::string>{topic, "wiki/log.md"});
  CHECK(at.text("wiki/summaries/a.md") == summary);
  CHECK(at.text("wiki/sources/a.md") == "*Full text of mine.*\n\nI wrote this anew.\n");
  CHECK(has(at.text(topic), at.line_of(topic, "(../summaries/a.md)")));
  CHECK(at.text(topic).size() == page.size());
}

TEST_CASE("openkb lint: a summary that is not there is made anew, and no other file changes") {
  const library at;
  const auto summary = at.text("wiki/summaries/a.md");
  at.put("wiki/sources/b.md", "I wrote this anew.\n");
  fs::remove(at.kb() / "wiki/summaries/a.md");
  const auto found = at.lint();
  REQUIRE(found["findings"].size() == 1);  // and not of each link to it
  CHECK(found["findings"][0]["what"] == "missing file");
  CHECK(found["findings"][0]["can_be_mended"] == true);
  CHECK(changed(at.fix()) == std::set<std::string>{"wiki/summaries/a.md", "wiki/log.md"});
  CHECK(at.text("wiki/summaries/a.md") == summary);
}

TEST_CASE("openkb lint: a broken link that a person wrote is reported, and never dropped") {
  const library at;
  const std::string mine = "- [later](../concepts/later.md) is a page that I will write\n";
  at.append(topic, mine);
  at.put("wiki/index.md", "- [report](summaries/report.md)\n\n" + at.text("wiki/index.md"));
  at.put("wiki/notes.md",
         "See [this](concepts/nothing.md), ![that](sources/images/x/none.png), [it](../raw/gone.pdf).\n");
  at.append("wiki/summaries/a.md", "\n" + mine);
  at.put("wiki/sources/b.md", at.text("wiki/sources/b.md") + "\n[chapter](two.md) ![x](images/b/none.png)\n");
  const auto before = at.image(false);
  const auto found = at.lint();
  CHECK(found["findings"].size() == 8);  // and wiki/notes.md, which is not openkb's
  for (const auto& f : found["findings"]) CHECK(f["can_be_mended"] == false);
  CHECK(found["can_be_mended"] == 0);
  const auto text = at.run({"lint"});
  CHECK(text.code == 1);
  CHECK(has(text.out, "broken link: " + topic + ": ../concepts/later.md; the link is not openkb's: mend it there"));
  CHECK(last_line(text.out) == "7 problems; openkb lint --fix mends none: what to do stands behind each");
  const auto fixed = at.run({"lint", "--fix"});
  CHECK(fixed.code == 1);
  CHECK(last_line(fixed.out) == "7 problems left; openkb lint --fix mends none: what to do stands behind each");
  CHECK(difference_text(before, at.image(false)) == "");
  // Nor while other things on the same pages are mended.
  const auto page = at.text(topic);
  at.append(topic, "- [Gone](../summaries/gone.md) <!-- openkb -->\n");
  const auto summary = at.text("wiki/summaries/a.md");
  const auto first = summary.find("- [", summary.find("## Concepts"));
  const std::string liked = "- [Gone](../concepts/gone.md): I liked it\n";
  const std::string with_liked = summary.substr(0, first) + liked + summary.substr(first);
  at.put("wiki/summaries/a.md",
         summary.substr(0, first) + "- [Gone](../concepts/gone.md)\n" + with_liked.substr(first));
  const auto some = at.run({"lint"});
  CHECK(last_line(some.out) ==
        "11 problems; openkb lint --fix mends 3, and 8 it does not: what to do stands behind each");
  CHECK(changed(at.fix()) == std::set<std::string>{topic, "wiki/summaries/a.md", "wiki/log.md"});
  CHECK(at.text(topic) == page);
  CHECK(at.text("wiki/summaries/a.md") == with_liked);
  CHECK(at.text("wiki/notes.md") == before.entries.at("wiki/notes.md").content);
}

TEST_CASE("openkb lint: every file that --fix changes is named, with the lines that went and came") {
  const library at;
  const std::string gone = "- [Gone](../summaries/gone.md): what it said <!-- openkb -->";
  at.append(topic, gone + "\n");
  at.put("wiki/entities/mine.md", "# Mine\n\nA concept, mentioned in:\n\n" + gone + "\n");
  const auto line = at.line_of("wiki/index/a.md", "summaries/a.md");
  fs::remove(at.kb() / "wiki/index/a.md");
  const fs::path copy = at.path() / "copy";
  fs::copy(at.kb(), copy, fs::copy_options::recursive);
  const auto said = at.fix();
  CHECK(changed(said) == std::set<std::string>{topic, "wiki/entities/mine.md", "wiki/index/a.md", "wiki/log.md"});
  for (const auto& f : said["changes"]) {
    if (f["path"] == topic) {
      CHECK(f["what"] == "changed");
      CHECK(f["taken_out"] == nlohmann::json{gone});
      CHECK(f["put_in"].empty());
    } else if (f["path"] == "wiki/index/a.md") {
      CHECK(f["what"] == "made");
      CHECK(f["put_in"].size() == 3);
    } else if (f["path"] == "wiki/entities/mine.md") {
      CHECK(f["what"] == "removed");
      CHECK(f["taken_out"].size() == 3);
    }
  }
  fs::remove_all(at.kb());
  fs::rename(copy, at.kb());
  const auto text = at.run({"lint", "--fix"}).out;
  CAPTURE(text);
  CHECK(has(text, "\nchanged " + topic + "\n  - " + gone + "\n"));
  CHECK(has(text, "\nremoved wiki/entities/mine.md\n  - # Mine\n"));
  CHECK(has(text, "\nmade wiki/index/a.md\n"));
  CHECK(has(text, "  + " + line));
  CHECK(has(text, "mended missing line: wiki/index/a.md (a)\n"));
  CHECK(last_line(text) == "clean");
}

TEST_CASE("openkb lint: what a person keeps in the index stays when openkb's part of it was removed") {
  const library at;
  const std::string mine = "# My library\n\n- [The best](summaries/a.md)\n- [Read this](summaries/b.md)";
  at.put("wiki/index.md", mine);
  CHECK(at.fix()["status"] == "clean");
  CHECK(at.text("wiki/index.md").starts_with(mine + "\n\n<!-- openkb keeps what follows -->\n"));
  at.append("wiki/index/a.md", "- [mine](summaries/x.md) is none of openkb's lines\n");
  const auto found = at.lint();
  for (const auto& f : found["findings"]) CHECK(f["what"] != "stale line");
}

TEST_CASE("openkb pages: what a person wrote stays when documents come and go") {
  const library at;
  // A line of one's own among the topics, which reads as openkb's do, and pages whose last line has no end.
  const std::string mine = "- [To read](../concepts/to-read.md)\n";
  at.put("wiki/concepts/to-read.md", "# To read");
  auto summary = at.text("wiki/summaries/a.md");
  REQUIRE(has(summary, "## Concepts\n\n"));
  at.put("wiki/summaries/a.md", summary.insert(summary.find("## Concepts\n\n") + 13, mine));
  at.append(topic, "\nMine, and no line end");
  at.append("wiki/log.md", "Mine, and no line end");
  REQUIRE(at.add(at.write("c.md",
                          "# Engines\n\nA storage engine of Grace Hopper keeps a rollback journal. The "
                          "atomic commit of a storage engine is told by Grace Hopper.\n"))
              .code == 0);
  CHECK(has(at.text("wiki/summaries/a.md"), mine));
  CHECK(has(at.text(topic), "\nMine, and no line end\n- [Engines](../summaries/c.md)"));
  CHECK(has(at.text("wiki/log.md"), "Mine, and no line end\n- 2026"));
  CHECK(at.run({"lint"}).code == 0);
  at.append(topic, "Mine again");
  at.write("more/d.md", "# Pages\n\nGrace Hopper has a rollback journal of a storage engine.\n");
  at.write("more/e.md", "# Logs\n\nThe storage engine of Grace Hopper has a rollback journal too.\n");
  REQUIRE(at.run({"add", "--batch", "2", (at.path() / "more").native()}).code == 0);
  CHECK(has(at.text(topic), "\nMine again\n- [Pages](../summaries/d.md)"));
  CHECK_FALSE(has(at.text(topic), "\n\n- [Logs]"));
  REQUIRE(at.run({"remove", "b", "c", "d", "e"}).code == 0);
  CHECK(has(at.text("wiki/summaries/a.md"), mine));
  CHECK_FALSE(has(at.text("wiki/summaries/a.md"), "rollback-journal.md"));
  CHECK(at.run({"lint"}).code == 0);
}

TEST_CASE("openkb lint: a file that somebody put into raw/ is a document to add, and add takes it where it lies") {
  const library at;
  at.put("raw/engines.md", "# Engines\n\nA storage engine keeps a rollback journal.\n\n![e](e.png)\n");
  at.put("raw/e.png", png("E"));
  at.put("raw/b copy.md", other);
  fs::permissions(at.kb() / "raw/engines.md", fs::perms::owner_read);
  const auto written = fs::last_write_time(at.kb() / "raw/engines.md");
  const auto found = at.run({"lint"});
  CHECK(found.code == 0);
  const auto file = (at.kb() / "raw/engines.md").native();
  const auto command = "openkb --kb " + at.kb().native() + " add " + file;
  CHECK(has(found.out, "a document to add: raw/engines.md; run: " + command + "\n"));
  CHECK(has(found.out, "not openkb's: raw/b copy.md: the same content is here as b\n"));
  CHECK(has(found.out, "not openkb's: raw/e.png\n"));
  const auto done = at.run({"--json", "add", file}).json();
  CHECK(done["status"] == "added");
  CHECK(done["name"] == "engines");
  CHECK(done["images"] == 1);
  CHECK(fs::last_write_time(at.kb() / "raw/engines.md") == written);
  CHECK(fs::status(at.kb() / "raw/engines.md").permissions() == fs::perms::owner_read);
  CHECK(has(at.run({"lint"}).out, "clean"));
  CHECK_FALSE(has(at.run({"lint"}).out, "engines"));
  // It is known by its place like any other, and so is an original that is not to be edited here.
  fs::remove(at.kb() / "raw/engines.md");
  at.put("raw/engines.md", "# Engines\n\nA storage engine keeps a rollback journal and a page cache.\n");
  CHECK(at.run({"--json", "add", file}).json()["status"] == "updated");
  at.put("raw/a.md", article + "Edited.\n");
  const auto refused = at.run({"--json", "add", (at.kb() / "raw/a.md").native()});
  CHECK(refused.code == 1);
  CHECK(has(refused.json()["error"]["advice"], "it is the original of a, which came from " + at.path().native()));
  at.put("raw/a.md", article);
  const auto all = at.run({"--json", "add", (at.kb() / "raw").native()});
  CHECK(all.code == 0);
  CHECK_FALSE(has(all.out, "\"added\""));
  fs::remove(at.kb() / "raw/b copy.md");
  fs::remove(at.kb() / "raw/e.png");
  CHECK(at.wrong() == "");
  REQUIRE(at.run({"remove", "raw/engines.md"}).code == 0);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb lint: what lies in raw/ under another name than an original has is moved, and no second copy stays") {
  const library at;
  at.put("raw/My Notes (2).MD", "# Notes\n\nOf a rollback journal.\n");
  at.put("raw/below/a.md", "# Another\n\nThe other a, of a rollback journal.\n");
  std::vector<std::string> arguments{"--json", "add", (at.kb() / "raw").native()};
  SUBCASE("one by one") {}
  SUBCASE("in batches") { arguments.insert(arguments.end(), {"--batch", "8", "--jobs", "2"}); }
  // Killed at one step after the other, until one of them is behind the commit point.
  for (const auto step : commitpoint::step_names) {
    if (step == "none") continue;
    auto killed = arguments;
    killed.insert(killed.begin(), {"--crash-at", std::string(step)});
    (void)at.run(killed);
    REQUIRE(at.run({"list"}).code == 0);
    const bool moved = fs::exists(at.kb() / "raw/my-notes-2.md");
    CHECK(fs::exists(at.kb() / "raw/My Notes (2).MD") != moved);
    CHECK(fs::exists(at.kb() / "wiki/summaries/my-notes-2.md") == moved);
    if (moved) break;
  }
  REQUIRE(at.run(arguments).code == 0);
  CHECK(at.text("raw/my-notes-2.md") == "# Notes\n\nOf a rollback journal.\n");
  CHECK_FALSE(fs::exists(at.kb() / "raw/below/a.md"));
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == 4);
  CHECK(at.wrong() == "");
  const auto lint = at.run({"lint"});
  CHECK(lint.out == "clean\n");
  CHECK(has(at.text("wiki/summaries/my-notes-2.md"), "- From: `" + (at.kb() / "raw/my-notes-2.md").native() + "`"));
}
