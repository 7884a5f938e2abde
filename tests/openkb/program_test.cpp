#include "program.hpp"

#include "knowledge_base/knowledge_base.hpp"
#include "text/slug.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <sstream>
#include <string>
#include <thread>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::place;
using openkb::testing::png;

const std::string article =
    "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal. The rollback journal is synced "
    "first, and the atomic commit follows. Ada Lovelace wrote it down. ![picture](img/a.png)\n";
const std::string edited =
    "# Storage engines\n\nA storage engine of Grace Hopper writes pages. The storage engine was built by Grace Hopper "
    "for a page cache, and the page cache is small.\n";

bool has(const place& at, const std::string& name) { return fs::exists(at.kb() / name); }

}  // namespace

TEST_CASE("openkb: without a knowledge base it says how to make one") {
  const place at;
  const auto document = at.write("a.md", article);
  for (const auto& command : {std::vector<std::string>{"add", document.native()}, {"list"}, {"status"}, {"recover"}}) {
    CAPTURE(command[0]);
    const auto run = at.run(command);
    CHECK(run.code == 2);
    CHECK(run.err.find(" init") != std::string::npos);
    CHECK_FALSE(fs::exists(at.kb()));
  }
  auto json = at.run({"--json", "list"});
  CHECK(json.code == 2);
  CHECK(json.json()["error"]["advice"].get<std::string>().find("init") != std::string::npos);
}

TEST_CASE("openkb: wrong usage is 2, help is 0") {
  const place at;
  CHECK(at.run({}).code == 2);
  CHECK(at.run({"fly"}).code == 2);
  CHECK(at.run({"add"}).code == 2);
  CHECK(at.run({"status", "--crash-at", "nowhere"}).code == 2);
  CHECK(at.run({"fly", "--json"}).json()["status"] == "usage");
  CHECK(at.run({"--help"}).code == 0);
}

TEST_CASE("openkb: init makes a knowledge base once") {
  const place at;
  CHECK(at.run({"init"}).code == 0);
  CHECK(at.wrong() == "");
  const auto before = at.image();
  const auto again = at.run({"--json", "init"});
  CHECK(again.code == 0);
  CHECK(again.json()["status"] == "exists");
  CHECK(difference_text(before, at.image()) == "");
}

TEST_CASE("openkb: documents of every format go in, and every link of the wiki resolves") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.write("img/a.png", png("A"));
  const auto run = at.run({"--json", "add", at.write("a.md", article).native()});
  REQUIRE(run.code == 0);
  const auto said = run.json();
  CHECK(said["status"] == "added");
  CHECK(said["name"] == "a");
  CHECK(said["images"] == 1);
  CHECK(at.add(at.write("b.txt", "PLAIN TEXT\n\nAda Lovelace knows the atomic commit.\n")).code == 0);
  CHECK(at.add(at.write("c.html", "<h1>Page</h1><p>An <b>atomic commit</b>.<img src='img/a.png'>")).code == 0);
  CHECK(at.wrong() == "");
  CHECK(content_of(at.kb() / "raw/a.md") == article);
  CHECK(content_of(at.kb() / "wiki/sources/images/a/a.png") == png("A"));
  const auto page = content_of(at.kb() / "wiki/entities/ada-lovelace.md");
  CHECK(page.find("(../summaries/a.md)") != std::string::npos);
  CHECK(page.find("(../summaries/b.md)") != std::string::npos);
  CHECK(content_of(at.kb() / "wiki/index.md").find("(summaries/c.md)") != std::string::npos);
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == 3);
  CHECK(at.run({"--json", "status"}).json()["status"] == "clean");
}

TEST_CASE("openkb: the same content again is skipped, and changes not one byte") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.write("img/a.png", png("A"));
  const auto document = at.write("a.md", article);
  REQUIRE(at.add(document).code == 0);
  const auto before = at.image();
  const auto registry = content_of(at.kb() / ".openkb/registry.db");
  for (const auto& path : {document, at.write("elsewhere/other.md", article)}) {
    const auto again = at.run({"--json", "add", path.native()});
    CHECK(again.code == 0);
    CHECK(again.json()["status"] == "skipped");
    CHECK(again.json()["name"] == "a");
  }
  CHECK(difference_text(before, at.image()) == "");
  CHECK(content_of(at.kb() / ".openkb/registry.db") == registry);
}

TEST_CASE("openkb: two documents of the same stem get two names, and keep them") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto one = at.write("one/notes.md", "# One\n\nFirst text.\n");
  const auto two = at.write("two/Notes.txt", "# Two\n\nSecond text.\n");
  REQUIRE(at.add(one).code == 0);
  const auto real = fs::canonical(two).native();
  const auto name = openkb::distinct_slug("notes", real);
  CHECK(at.run({"--json", "add", two.native()}).json()["name"] == name);
  at.write("two/Notes.txt", "# Two\n\nSecond text, edited.\n");
  const auto again = at.run({"--json", "add", two.native()}).json();
  CHECK(again["name"] == name);
  CHECK(again["status"] == "updated");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb: a document edited and added again leaves no stale page") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.write("img/a.png", png("A"));
  const auto document = at.write("a.md", article);
  REQUIRE(at.add(document).code == 0);
  REQUIRE(at.add(at.write("b.md", "# B\n\nAda Lovelace and Grace Hopper keep a rollback journal.\n")).code == 0);
  REQUIRE(has(at, "wiki/concepts/rollback-journal.md"));
  at.write("a.md", edited);
  const auto run = at.run({"--json", "add", document.native()});
  REQUIRE(run.code == 0);
  CHECK(run.json()["name"] == "a");
  CHECK(at.wrong() == "");
  CHECK_FALSE(has(at, "wiki/concepts/rollback-journal.md"));
  CHECK_FALSE(has(at, "wiki/sources/images/a"));
  CHECK(has(at, "wiki/concepts/storage-engine.md"));
  CHECK(has(at, "wiki/entities/grace-hopper.md"));
  CHECK_FALSE(has(at, "wiki/entities/ada-lovelace.md"));  // b.md alone still speaks of her
  const auto other = content_of(at.kb() / "wiki/summaries/b.md");
  CHECK(other.find("(../entities/grace-hopper.md)") != std::string::npos);
  CHECK(other.find("ada-lovelace") == std::string::npos);
  // Its title is another one, and so is the page that lists it.
  CHECK_FALSE(has(at, "wiki/index/a.md"));
  CHECK(content_of(at.kb() / "wiki/index/s.md").find("[Storage engines](../summaries/a.md)") != std::string::npos);
  const auto index = content_of(at.kb() / "wiki/index.md");
  CHECK(index.find("2 documents, 1 concept and 1 entity") != std::string::npos);
  CHECK(index.find("(summaries/a.md)") == index.rfind("(summaries/a.md)"));
}

TEST_CASE("openkb: a person's own pages are left alone") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.write("kb/wiki/entities/ada-lovelace.md", "# Ada\n\nMy own words.\n");
  at.write("kb/wiki/summaries/a.md", "Mine too.\n");
  REQUIRE(at.add(at.write("a.md", article)).code == 0);
  REQUIRE(at.add(at.write("b.md", article + "\nSaid again.\n")).code == 0);
  CHECK(content_of(at.kb() / "wiki/summaries/a.md") == "Mine too.\n");
  CHECK(content_of(at.kb() / "wiki/entities/ada-lovelace.md").starts_with("# Ada\n\nMy own words.\n- ["));
}

TEST_CASE("openkb: bad input is named, and the tree is untouched") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto before = at.image();
  const auto pipe = at.path() / "pipe.md";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  fs::create_symlink("nowhere", at.path() / "dead.md");
  for (const auto& path :
       {at.write("latin.txt", "caf\xE9"), at.write("nul.md", std::string_view("a\0b", 3)), at.write("empty.md", ""),
        at.write("script.html", "<script>x</script>"), at.write("x.pdf", "%PDF"), at.path() / "none.md", pipe,
        at.path() / "dead.md", at.kb() / "wiki/index.md"}) {
    CAPTURE(path.native());
    const auto run = at.add(path);
    CHECK(run.code == 1);
    CHECK(run.err.find(path.native()) != std::string::npos);
    CHECK(std::ranges::count(run.err, '\n') == 2);  // the cause, and what to do
    const auto json = at.run({"--json", "add", path.native()}).json();
    CHECK(json["status"] == "failed");
    CHECK(json["document"] == path.native());
    CHECK(json["error"].contains("advice"));
  }
  CHECK(difference_text(before, at.image()) == "");
}

TEST_CASE("openkb: an image that is not there is a warning") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto run = at.run({"--json", "add", at.write("a.md", article).native()});
  CHECK(run.code == 0);
  CHECK(run.json()["warnings"].size() == 1);
  CHECK(content_of(at.kb() / "wiki/sources/a.md").find("![picture](img/a.png)") != std::string::npos);
}

TEST_CASE("openkb: images of other directories are named, several times if need be, and none gets a wider mode") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(::chmod(at.write("one/closed.png", png("one")).c_str(), 0600) == 0);
  at.write("two/open.png", png("two"));
  const auto document = at.write("docs/a.md", "# A\n\nWords. ![](../one/closed.png) ![](../two/open.png)\n");
  const auto without = at.add(document);
  CHECK(without.code == 0);
  CHECK(without.err.find("'../one/closed.png' left as it is") != std::string::npos);
  CHECK_FALSE(has(at, "wiki/sources/images/a"));
  at.write("docs/a.md", content_of(document) + "\nMore words.\n");
  const auto with = at.run({"add", "--images-from", (at.path() / "one").native(), "--images-from",
                            (at.path() / "two").native(), document.native()});
  CHECK(with.code == 0);
  CHECK(with.err == "");
  const auto images = at.kb() / "wiki/sources/images/a";
  CHECK(content_of(images / "closed.png") == png("one"));
  CHECK(content_of(images / "open.png") == png("two"));
  CHECK((fs::status(images / "closed.png").permissions() & fs::perms::mask) == fs::perms(0600));
}

TEST_CASE("openkb: of a directory, what can be added is added") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.write("docs/b.md", article);
  at.write("docs/img/a.png", png("A"));
  at.write("docs/a/x.txt", "Some text.\n");
  at.write("docs/bad.md", "\xff");
  const auto run = at.run({"--json", "add", (at.path() / "docs").native()});
  CHECK(run.code == 1);
  std::istringstream lines(run.out);
  std::vector<std::string> seen;
  for (std::string line; std::getline(lines, line);) {
    seen.push_back(nlohmann::json::parse(line)["status"].get<std::string>());
  }
  CHECK(seen == std::vector<std::string>{"added", "added", "failed"});
  CHECK(at.wrong() == "");
  CHECK(at.run({"add", at.path().native()}).code == 1);  // the knowledge base itself lies in there
  CHECK(at.run({"--json", "status"}).json()["documents"] == 2);
}

TEST_CASE("F30: Ctrl-C while waiting for the lock ends with 130, and nothing is changed") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto before = at.image();
  auto kb = openkb::knowledge_base::open(at.kb());
  REQUIRE(kb);
  const auto held = kb.value().acquire();
  REQUIRE(held);
  const auto waiting = at.start({"add", at.write("a.md", article).native()});
  while (waiting.said_so_far().find("waiting") == std::string::npos) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  waiting.signal(SIGINT);
  CHECK(waiting.wait().code == 130);
  CHECK(difference_text(before, at.image()) == "");
}

TEST_CASE("openkb: a damaged journal is 3, says its id, and accepting it settles it") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto document = at.write("a.md", article);
  REQUIRE(at.run({"--crash-at", "committed", "add", document.native()}).code == 137);
  for (const auto& entry : fs::directory_iterator(at.kb() / ".openkb/commitpoint/staging"))
    fs::remove_all(entry.path());
  const auto run = at.run({"--json", "add", document.native()});
  CHECK(run.code == 3);
  REQUIRE(run.json().contains("blocked"));
  const auto id = run.json()["blocked"]["id"].get<std::string>();
  CHECK(at.run({"status"}).code == 3);
  CHECK(at.run({"list"}).code == 3);
  CHECK(at.run({"recover"}).err.find("--accept " + id) != std::string::npos);
  CHECK(at.run({"recover", "--accept", "wrong"}).code == 1);
  CHECK(at.run({"recover", "--accept", id}).code == 0);
  CHECK(at.run({"status"}).code == 0);
}
