#include "articles.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::other;
using openkb::testing::place;
using openkb::testing::png;

const std::string& article = openkb::testing::illustrated_article;

// Of what was removed and came back, only the log may differ, and times of directories.
std::string difference_but_log(const place& at, const commitpoint::testing::tree_image& before) {
  auto after = at.image(false);
  auto expected = before;
  for (auto* image : {&after, &expected}) {
    image->entries.erase("wiki/log.md");
    for (auto& [name, entry] : image->entries) entry.modified.reset();
  }
  return difference_text(expected, after);
}

bool is_clean(const place& at) {
  const auto lint = at.run({"lint"});
  INFO(lint.out);
  CHECK(lint.code == 0);
  return lint.code == 0;
}

// A knowledge base with one document that shares topics with the other one.
struct library : place {
  library() {
    write("img/a.png", png("A"));
    REQUIRE(run({"init"}).code == 0);
    REQUIRE(add(write("b.md", other)).code == 0);
  }
  openkb::testing::ended add_article() const { return run({"--json", "add", write("a.md", article).native()}); }
};

}  // namespace

TEST_CASE("openkb remove: after an add everything is as it was, except the log") {
  const library at;
  const auto before = at.image();
  REQUIRE(at.add_article().code == 0);
  REQUIRE(content_of(at.kb() / "wiki/concepts/rollback-journal.md").find("summaries/a.md") != std::string::npos);
  const auto run = at.run({"--json", "remove", "a"});
  REQUIRE(run.code == 0);
  CHECK(run.json()["name"] == "a");
  CHECK(difference_but_log(at, before) == "");
  CHECK(at.wrong() == "");
  CHECK(is_clean(at));
  CHECK(content_of(at.kb() / "wiki/log.md").find("removed `a`") != std::string::npos);
}

TEST_CASE("openkb images: a person's files among a document's images stay, whatever happens to the document") {
  const library at;
  const fs::path images = at.kb() / "wiki/sources/images/a";
  // What is there already is not written over: the document gets another name.
  at.write("kb/wiki/sources/images/a/a.png", "mine");
  CHECK(at.add_article().json()["name"] != "a");
  CHECK(content_of(images / "a.png") == "mine");
  REQUIRE(at.run({"remove", (at.path() / "a.md").native()}).code == 0);
  fs::remove_all(images);

  REQUIRE(at.add_article().json()["name"] == "a");
  at.write("kb/wiki/sources/images/a/notes.txt", "mine");
  at.write("kb/wiki/sources/images/a/b.png", "mine too");
  // Nor by a new version, which says so, and what an add is rehearsed to do.
  at.write("img/b.png", png("B"));
  const auto before = at.image();
  at.write("a.md", article + "![](img/b.png)\n");
  for (const auto& line : {std::vector<std::string>{"--json", "add", "--dry-run"}, {"--json", "add"}}) {
    auto words = line;
    words.push_back((at.path() / "a.md").native());
    const auto refused = at.run(words);
    CHECK(refused.code == 1);
    CHECK(refused.json()["error"]["path"] == "wiki/sources/images/a/b.png");
    CHECK(refused.json()["error"]["advice"] == "give it another name, and add the document again");
  }
  CHECK(difference_text(before, at.image()) == "");
  fs::rename(images / "b.png", images / "c.png");
  REQUIRE(at.add(at.path() / "a.md").code == 0);
  CHECK(content_of(images / "b.png") == png("B"));

  REQUIRE(at.add(at.write("a.md", "# Atomic commit\n\nWithout a picture.\n")).code == 0);
  CHECK_FALSE(fs::exists(images / "a.png"));
  CHECK(content_of(images / "notes.txt") == "mine");
  REQUIRE(at.add(at.write("a.md", article)).code == 0);
  REQUIRE(at.run({"remove", "a"}).code == 0);
  CHECK_FALSE(fs::exists(images / "a.png"));
  CHECK(content_of(images / "notes.txt") == "mine");
  CHECK(content_of(images / "c.png") == "mine too");
  fs::remove_all(images);
  // A directory without any goes with the last image.
  REQUIRE(at.add_article().json()["name"] == "a");
  REQUIRE(at.add(at.write("a.md", "# Atomic commit\n\nWithout a picture.\n")).code == 0);
  CHECK_FALSE(fs::exists(images));
  CHECK(is_clean(at));
}

TEST_CASE("openkb remove: --dry-run tells the same and changes not one byte, --keep-raw keeps the original") {
  const library at;
  REQUIRE(at.add_article().code == 0);
  const auto before = at.image();
  const auto registry = content_of(at.kb() / ".openkb/registry.db");
  const auto dry = at.run({"--json", "remove", "--dry-run", "a"}).json();
  CHECK(dry["status"] == "would remove");
  CHECK(difference_text(before, at.image()) == "");
  CHECK(content_of(at.kb() / ".openkb/registry.db") == registry);
  const auto wet = at.run({"--json", "remove", "--keep-raw", (at.path() / "a.md").native()}).json();
  CHECK(wet["status"] == "removed");
  CHECK(wet["removed"].size() + 1 == dry["removed"].size());
  CHECK(wet["changed"] == dry["changed"]);
  CHECK(content_of(at.kb() / "raw/a.md") == article);
  CHECK(is_clean(at));
}

TEST_CASE("openkb remove: several go at one commit point, or none") {
  const library at;
  REQUIRE(at.run({"remove", "b"}).code == 0);
  const auto empty = at.image();
  REQUIRE(at.add(at.path() / "b.md").code == 0);
  REQUIRE(at.add_article().code == 0);
  at.write("kb/wiki/concepts/mine.md", "See [the article](../summaries/a.md) and [that](../summaries/b.md).\n");
  const auto before = at.image();
  const auto missing = at.run({"--json", "remove", "a", "none", "b"});
  CHECK(missing.code == 1);
  CHECK(missing.json()["error"]["path"] == "none");
  CHECK(difference_text(before, at.image()) == "");
  // One of them is asked for by two of its names.
  const auto run = at.run({"--json", "remove", "b", "a", (at.path() / "b.md").native()});
  REQUIRE(run.code == 0);
  const auto second = run.out.find('\n') + 1;
  CHECK(nlohmann::json::parse(run.out.substr(0, second))["name"] == "b");
  CHECK(nlohmann::json::parse(run.out.substr(second))["name"] == "a");
  CHECK(content_of(at.kb() / "wiki/concepts/mine.md") == "See the article and that.\n");
  std::filesystem::remove(at.kb() / "wiki/concepts/mine.md");
  CHECK(difference_but_log(at, empty) == "");
  CHECK(is_clean(at));
}

TEST_CASE("openkb: what is one thing is not given twice, and what follows an option of one is an argument") {
  const library at;
  CHECK(at.run({"completion", "bash", "zsh"}).code == 2);
  // The document is added, and not taken for another directory.
  at.run({"remove", "b"});
  const auto run = at.run({"--json", "add", "--images-from", at.path().native(), (at.path() / "b.md").native()});
  CHECK(run.code == 0);
  CHECK(run.json()["name"] == "b");
}

TEST_CASE("openkb remove: links to it lose their target and keep their words; what is not there is an error") {
  const library at;
  REQUIRE(at.add_article().code == 0);
  at.write("kb/wiki/concepts/mine.md", "See [the article](../summaries/a.md) and [that](../summaries/b.md).\n");
  at.write("kb/wiki/entities/grace-hopper.md",
           content_of(at.kb() / "wiki/entities/grace-hopper.md") + "\nShe knew ![x](../sources/images/a/a.png).\n");
  REQUIRE(at.run({"remove", "a"}).code == 0);
  CHECK(content_of(at.kb() / "wiki/concepts/mine.md") == "See the article and [that](../summaries/b.md).\n");
  CHECK(content_of(at.kb() / "wiki/entities/grace-hopper.md").ends_with("\nShe knew x.\n"));
  CHECK(is_clean(at));
  const auto again = at.run({"--json", "remove", "a"});
  CHECK(again.code == 1);
  CHECK(again.json()["error"]["advice"] == "see: openkb list");
}

TEST_CASE("openkb remove: a person's links to pages that go with a document lose their target as well") {
  const library at;
  REQUIRE(at.add(at.write("zebra.md", article)).code == 0);  // a name that is in no link here
  REQUIRE(fs::exists(at.kb() / "wiki/concepts/rollback-journal.md"));
  REQUIRE(fs::exists(at.kb() / "wiki/index/a.md"));
  at.write(
      "kb/wiki/mine.md",
      "The [journal](concepts/rollback-journal.md), [A](index/a.md), [S](index/s.md), [she](entities/ada-lovelace.md)."
      "\n");
  at.write("kb/wiki/more.md", "The [journal](concepts/rollback%2Djournal.md#x), [that](summaries/z%65bra\\.md).\n");
  REQUIRE(at.run({"remove", "zebra"}).code == 0);
  REQUIRE_FALSE(fs::exists(at.kb() / "wiki/concepts/rollback-journal.md"));
  const bool she_is_there = fs::exists(at.kb() / "wiki/entities/ada-lovelace.md");
  CHECK(content_of(at.kb() / "wiki/mine.md") == std::string("The journal, A, [S](index/s.md), ") +
                                                    (she_is_there ? "[she](entities/ada-lovelace.md).\n" : "she.\n"));
  CHECK(content_of(at.kb() / "wiki/more.md") == "The journal, that.\n");
  CHECK(is_clean(at));
}

TEST_CASE("openkb recompile: what is as the compiler makes it stays, twice gives the same bytes") {
  const library at;
  REQUIRE(at.add_article().code == 0);
  const auto before = at.image();
  const auto registry = content_of(at.kb() / ".openkb/registry.db");
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
  CHECK(difference_text(before, at.image()) == "");
  CHECK(content_of(at.kb() / ".openkb/registry.db") == registry);
  // A person edits a source: its summary and topics are of the old text.
  at.write("kb/wiki/sources/b.md", "*Full text of [x](../summaries/b.md), converted from somewhere.*\n\n" + article);
  CHECK(at.run({"--json", "recompile", "a"}).json()["status"] == "unchanged");
  const auto run = at.run({"--json", "recompile", "--all"}).json();
  CHECK(run["status"] == "recompiled");
  CHECK(run["documents"] == 1);
  CHECK(content_of(at.kb() / "wiki/summaries/b.md").starts_with("# Atomic commit\n"));
  CHECK_FALSE(fs::exists(at.kb() / "wiki/concepts/storage-engine.md"));
  const auto once = at.image();
  CHECK(at.run({"--json", "recompile", "--all"}).json()["status"] == "unchanged");
  CHECK(difference_text(once, at.image()) == "");
  CHECK(at.run({"recompile"}).code == 2);
  CHECK(at.run({"recompile", "nothing"}).code == 1);
}

TEST_CASE("openkb lint: finds what does not fit together, and mends what can be mended") {
  const library at;
  REQUIRE(at.add_article().code == 0);
  CHECK(is_clean(at));
  const auto good = at.image(false);
  fs::remove(at.kb() / "wiki/summaries/a.md");
  fs::remove(at.kb() / "wiki/concepts/rollback-journal.md");
  const auto entity = at.kb() / "wiki/entities/ada-lovelace.md";
  at.write("kb/wiki/entities/ada-lovelace.md", content_of(entity) + "- [Gone](../summaries/gone.md) <!-- openkb -->\n");
  const auto titles = at.kb() / "wiki/index/a.md";
  at.write("kb/wiki/index/a.md", content_of(titles) + "- [Gone](../summaries/gone.md) (text) <!-- openkb -->\n");
  at.write("kb/wiki/index.md", "Mine.\n");
  const auto found = at.run({"--json", "lint"});
  INFO(found.out);
  CHECK(found.code == 1);
  std::set<std::string> kinds;
  const auto said = found.json();
  for (const auto& f : said["findings"]) kinds.insert(f["what"].get<std::string>());
  CHECK(kinds == std::set<std::string>{"missing file", "missing part", "stale part", "stale line", "stale index",
                                       "broken link"});
  const auto mended = at.run({"--json", "lint", "--fix"});
  CHECK(mended.code == 0);
  CHECK(mended.json()["status"] == "clean");
  CHECK(at.wrong() == "");
  CHECK(content_of(at.kb() / "wiki/summaries/a.md") == good.entries.at("wiki/summaries/a.md").content);
  CHECK(content_of(entity).find("gone") == std::string::npos);
  CHECK(content_of(titles) == good.entries.at("wiki/index/a.md").content);
  CHECK(content_of(at.kb() / "wiki/index.md").starts_with("Mine.\n\n<!-- openkb"));
  // What is lost is said, not made up.
  fs::remove(at.kb() / "raw/a.md");
  CHECK(at.run({"--json", "lint", "--fix"}).json()["findings"].size() >= 1);
  CHECK(at.run({"lint"}).out.find("add it again") != std::string::npos);
}

TEST_CASE("openkb remove, recompile, lint --fix: killed at any step, the next command finds old or new") {
  const library at;
  REQUIRE(at.add_article().code == 0);
  at.write("kb/wiki/sources/b.md", "*Full text of [x](../summaries/b.md), converted from somewhere.*\n\n" + article);
  fs::remove(at.kb() / "wiki/summaries/a.md");
  const auto untouched = at.path() / "untouched";
  fs::copy(at.kb(), untouched, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  for (const auto& command : {std::vector<std::string>{"remove", "a"}, {"recompile", "b"}, {"lint", "--fix"}}) {
    CAPTURE(command[0]);
    const auto restore = [&] {
      fs::remove_all(at.kb());
      fs::copy(untouched, at.kb(), fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    };
    restore();
    const auto old = at.image(false);
    REQUIRE(at.run(command).code == 0);
    const auto finished = at.image(false);
    std::size_t killed = 0;
    for (const auto step : commitpoint::step_names) {
      if (step == "none") continue;
      CAPTURE(step);
      restore();
      auto arguments = command;
      arguments.insert(arguments.begin(), {"--crash-at", std::string(step)});
      killed += at.run(arguments).code == 137 ? 1U : 0U;
      REQUIRE(at.run({"list"}).code == 0);
      const auto after = at.image(false);
      if (difference_text(finished, after) != "") CHECK(difference_text(old, after) == "");
    }
    CHECK(killed > 5);
  }
}
