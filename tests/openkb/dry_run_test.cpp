#include "http_server.hpp"
#include "library.hpp"
#include "old_format.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using nlohmann::json;
using openkb::testing::http_question;
using openkb::testing::http_reply;
using openkb::testing::http_server;
using openkb::testing::place;
using words = std::vector<std::string>;

std::vector<json> objects_of(const std::string& said) {
  std::vector<json> out;
  std::istringstream lines(said);
  for (std::string line; std::getline(lines, line);) out.push_back(json::parse(line));
  return out;
}

std::set<std::string> names(const json& list) { return list.get<std::set<std::string>>(); }

// What the rehearsal says, and then what happens: the same.
void compare(const place& at, const words& documents, int code = 0) {
  words dry{"--json", "add", "--dry-run"};
  words wet{"--json", "add"};
  for (auto* line : {&dry, &wet}) line->insert(line->end(), documents.begin(), documents.end());
  const auto before = at.image();
  const auto foreseen = at.run(dry);
  CHECK(difference_text(before, at.image()) == "");
  CHECK(at.wrong() == "");
  const auto done = at.run(wet);
  INFO(foreseen.out);
  INFO(done.out);
  CHECK(foreseen.code == code);
  CHECK(done.code == code);
  const auto said = objects_of(foreseen.out);
  const auto is = objects_of(done.out);
  REQUIRE(said.size() == is.size());
  for (std::size_t i = 0; i < is.size(); ++i) {
    const auto status = is[i]["status"].get<std::string>();
    CAPTURE(i);
    CHECK(said[i]["status"] == (status == "added"     ? "would add"
                                : status == "updated" ? "would update"
                                : status == "skipped" ? "would skip"
                                                      : "would fail"));
    for (const auto* field : {"name", "title", "concepts", "entities", "images", "warnings", "pages", "error"}) {
      CAPTURE(field);
      CHECK(said[i].value(field, json()) == is[i].value(field, json()));
    }
    if (!is[i].contains("written")) continue;
    CHECK(names(said[i]["written"]) == names(is[i]["written"]));
    CHECK(names(said[i]["removed"]) == names(is[i]["removed"]));
  }
}

}  // namespace

TEST_CASE("openkb add --dry-run: says what would be added, replaced, skipped and refused, and changes nothing") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto docs = (at.path() / "docs").native();
  at.write("docs/a.md",
           "# Rollback journal\n\nThe rollback journal of Ada Lovelace is synced, see [b](b.md). ![](i.png)\n");
  at.write("docs/b.md", "# Atomic commit\n\nAn atomic commit needs a rollback journal, said Ada Lovelace.\n");
  at.write("docs/i.png", openkb::testing::png("image"));
  at.write("docs/more/a.md", "# Another one\n\nThe write-ahead log of Ada Lovelace.\n");
  at.write("docs/empty.txt", "");
  at.write("docs/twice.md", "# Atomic commit\n\nAn atomic commit needs a rollback journal, said Ada Lovelace.\n");
  compare(at, {docs, "missing.md"}, 1);
  CHECK(at.run({"--json", "status"}).json()["documents"] == 3);
  // New versions: other topics, another initial, no image.
  at.write("docs/a.md", "# Write-ahead log\n\nThe write-ahead log of Charles Babbage is appended to.\n");
  at.write("docs/b.md", "# Atomic commit\n\nAn atomic commit needs a rollback journal, said Ada Lovelace once.\n");
  compare(at, {docs + "/a.md"});
  compare(at, {docs + "/b.md"});
  compare(at, {docs + "/b.md"});
  // What others speak of, what somebody put into raw/, and the original of one that is here.
  at.write("docs/c.md", "# See\n\nOf [d](d.md), and of [a](a.md).\n");
  compare(at, {docs + "/c.md"});
  compare(at, {at.write("docs/d.md", "# Seen\n\nBy [c](c.md).\n").native()});
  CHECK(at.wrong() == "");
  const auto foreseen_and_done = [&](const std::string& file) {
    const auto foreseen = at.run({"--json", "add", "--dry-run", file}).json();
    return std::pair(foreseen, at.run({"--json", "add", file}).json());
  };
  const auto [would_add, added] = foreseen_and_done(at.write("kb/raw/e.md", "# Put there\n\nBy hand.\n").native());
  CHECK(would_add["status"] == "would add");
  CHECK(names(would_add["written"]) == names(added["written"]));
  const auto [would_fail, failed] = foreseen_and_done(at.write("kb/raw/b.md", "# Edited\n\nBy hand.\n").native());
  CHECK(would_fail["status"] == "would fail");
  CHECK(would_fail["error"]["advice"] == failed["error"]["advice"]);
}

TEST_CASE("openkb add --dry-run: in words, with the names of pages") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto file = at.write("a.md", "# Rollback journal\n\nIt is synced.\n").native();
  const auto run = at.run({"--quiet", "add", "--dry-run", file});
  CHECK(run.code == 0);
  CHECK(run.out == "would add a (" + file +
                       "): 0 concepts, 0 entities; 6 files to write\n"
                       "  + raw/a.md\n  + wiki/sources/a.md\n"
                       "  + wiki/summaries/a.md\n  + wiki/index/r.md\n  ~ wiki/index.md\n  ~ wiki/log.md\n");
  CHECK(at.run({"add", "--dry-run", file, "none.md"}).out.find("1 would be added, 0 skipped, 1 failed\n") !=
        std::string::npos);
  CHECK(at.run({"add", file}).code == 0);
  CHECK(at.run({"add", "--dry-run", file}).out == "would skip " + file + ": the same content is here as a\n");
}

TEST_CASE("openkb add --dry-run: by real documents, what it says is what happens") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  openkb::testing::fill_library(at.path() / "docs", 40);
  REQUIRE(at.run({"add", "--batch", "64", (at.path() / "docs").native()}).code == 0);
  openkb::testing::fill_library(at.path() / "more", 60);
  compare(at, {(at.path() / "more").native()});
}

TEST_CASE("openkb add --dry-run: a URL is fetched and not kept; the lock of a writer is not taken") {
  place at;
  REQUIRE(at.run({"init"}).code == 0);
  std::filesystem::create_directory(at.path() / "tmp");
  at.set("TMPDIR=" + (at.path() / "tmp").native());
  place* const here = &at;
  const http_server server([here](const http_question&) -> http_reply {
    // While it is fetched, somebody else writes.
    const auto other = here->write("other.md", "# Other\n\nText.\n").native();
    const auto run = here->start({"--json", "add", other}, {}, "other").wait();
    return {.headers = {"Content-Type: text/html"}, .body = "<title>A page</title><p>" + run.out};
  });
  const auto run = at.run({"--json", "add", "--dry-run", server.url("/page.html")});
  INFO(run.out);
  CHECK(run.code == 0);
  CHECK(run.json()["status"] == "would add");
  CHECK(run.json()["name"] == "page");
  CHECK(std::filesystem::is_empty(at.path() / "tmp"));
  CHECK(at.run({"--json", "status"}).json()["documents"] == 1);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb add --dry-run: in a knowledge base of format 2, which stays as it is") {
  const openkb::testing::old_place at;
  const auto file = at.write("new.md", "# Rollback journal\n\nThe rollback journal of Ada Lovelace.\n").native();
  const auto run = at.run({"--json", "add", "--dry-run", file});
  INFO(run.out);
  CHECK(run.code == 0);
  CHECK(run.json()["status"] == "would add");
  CHECK(openkb::testing::format_of_rows(at) == "2");
  CHECK(at.run({"--kb", "/nowhere", "add", "--dry-run", file}).code == 2);
}
