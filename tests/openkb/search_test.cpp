#include "old_format.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using openkb::testing::old_place;
using openkb::testing::place;
using openkb::testing::registry_of;

using names = std::vector<std::string>;

names found(const place& at, std::vector<std::string> words) {
  words.insert(words.begin(), {"--json", "search"});
  const auto run = at.run(std::move(words));
  INFO(run.out);
  REQUIRE(run.code == 0);
  names out;
  const auto said = run.json();
  for (const auto& each : said["results"]) out.push_back(each["name"].get<std::string>());
  return out;
}

struct library : place {
  library() {
    REQUIRE(run({"init"}).code == 0);
    REQUIRE(add(write("a.md", "# Atomic commit\n\nThe rollback journal is synced.\n")).code == 0);
    REQUIRE(add(write("b.md", "# Journals\n\nA journal of atomic things, committed to memory.\n")).code == 0);
  }
};

}  // namespace

TEST_CASE("openkb search: finds what is added, updated, compiled again and removed, in the words of now") {
  const library at;
  CHECK(found(at, {"atomic", "commit"}) == names{"a", "b"});
  CHECK(found(at, {"rollback"}) == names{"a"});
  CHECK(found(at, {"commit", "-journals"}).empty());
  CHECK(found(at, {"commit", "-rollback"}) == names{"b"});
  CHECK(found(at, {"--limit", "1", "commit"}) == names{"a"});
  REQUIRE(at.add(at.write("a.md", "# Atomic commit\n\nThe hot journal is synced.\n")).code == 0);
  CHECK(found(at, {"rollback"}).empty());
  CHECK(found(at, {"hot"}) == names{"a"});
  // A person edits a source, where no topic and no sentence of the summary changes.
  const auto source = at.kb() / "wiki/sources/b.md";
  at.write("kb/wiki/sources/b.md", openkb::testing::content_of(source) + "\n```\nzebra\n```\n");
  CHECK(found(at, {"zebra"}).empty());
  CHECK(at.run({"--json", "recompile", "b"}).json()["status"] == "recompiled");
  CHECK(found(at, {"zebra"}) == names{"b"});
  CHECK(at.run({"--json", "recompile", "b"}).json()["status"] == "unchanged");
  REQUIRE(at.run({"remove", "a"}).code == 0);
  CHECK(found(at, {"hot"}).empty());
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb search: what was found is shown with the words around it; nothing found is no failure") {
  const library at;
  const auto some = at.run({"search", "rollback"});
  CHECK(some.out == "a  Atomic commit\n    Atomic commit The rollback journal is synced.\n");
  const auto result = at.run({"--json", "search", "rollback"}).json();
  CHECK(result["command"] == "search");
  CHECK(result["results"][0]["title"] == "Atomic commit");
  CHECK(result["results"][0]["path"] == "wiki/sources/a.md");
  CHECK(result["results"][0]["passage"] == "Atomic commit The rollback journal is synced.");
  const auto none = at.run({"search", "nowhere"});
  CHECK(none.code == 0);
  CHECK(none.out == "");
  CHECK(none.err == "openkb: nothing found\n");
  CHECK(at.run({"search"}).code == 2);
  CHECK(at.run({"search", "--unknown", "x"}).code == 2);
  const auto only_without = at.run({"search", "-rollback"});
  CHECK(only_without.code == 2);
  CHECK(only_without.err.find("name at least one word that has to be there") != std::string::npos);
}

TEST_CASE("openkb search: a word that may not be there is one, also where it begins as a short option does") {
  const library at;
  REQUIRE(at.add(at.write("house.md", "# House\n\nA rollback that has a house and a help.\n")).code == 0);
  for (const auto& words : std::vector<std::vector<std::string>>{{"rollback", "-house"},
                                                                 {"-house", "rollback"},
                                                                 {"-help", "--limit", "5", "rollback"},
                                                                 {"--limit=5", "rollback", "-h*", "-house"},
                                                                 {"rollback", "--", "-house"},
                                                                 {"rollback", R"(-"a house")"}}) {
    std::vector<std::string> line{"--json", "search"};
    line.insert(line.end(), words.begin(), words.end());
    const auto run = at.run(line);
    INFO(run.out);
    REQUIRE(run.code == 0);
    const auto results = run.json().at("results");
    REQUIRE(results.size() == 1);
    CHECK(results[0]["name"] == "a");
  }
  CHECK(at.run({"--json", "search", "-x", "rollback", "-house"}).json()["query"] == "-x rollback -house");
  CHECK(at.run({"search", "rollback", "-h"}).out == at.run({"help", "search"}).out);
  CHECK(at.run({"search", "rollback", "--limit", "-5"}).code == 2);
  CHECK(at.run({"list", "-x"}).err.find("unknown option \"-x\"") != std::string::npos);
}

TEST_CASE("openkb search: what a document says gives the terminal no orders") {
  const library at;
  REQUIRE(at.add(at.write("c.md",
                          "# Evil \x1b[31m title\n\nA zebra \x1b]0;owned\x07 and \xc2\x9b"
                          "31m.\n"))
              .code == 0);
  const auto run = at.run({"search", "zebra"});
  CHECK(run.code == 0);
  CHECK(run.out.find("zebra") != std::string::npos);
  CHECK(run.out.find('\x1b') == std::string::npos);
  CHECK(run.out.find('\x07') == std::string::npos);
  CHECK(run.out.find("\xc2\x9b") == std::string::npos);
}

TEST_CASE("openkb search: a knowledge base of format 2 is upgraded by it, with the text of each document") {
  const old_place at;
  CHECK(found(at, {"rollback", "journal"}) == names{"a"});
  CHECK(openkb::testing::format_of_rows(at) == "4");
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb lint: finds documents that the full text lacks, has too many of, or is damaged for, and mends that") {
  const library at;
  {
    const registry_of rows(at);
    rows.run("DELETE FROM texts WHERE rowid = 1");
    rows.run("INSERT INTO texts (rowid, name, title, body) VALUES (77, 'gone', 'Gone', 'zebra')");
    rows.run("UPDATE texts_content SET c2 = 'damaged' WHERE id = 2");
  }
  const auto found_problems = at.run({"--json", "lint"});
  CHECK(found_problems.code == 1);
  CHECK(found_problems.out.find("missing in the full text") != std::string::npos);
  CHECK(found_problems.out.find("stray in the full text") != std::string::npos);
  CHECK(found_problems.out.find("damaged full text") != std::string::npos);
  CHECK(at.wrong() != "");
  CHECK(at.run({"--json", "lint", "--fix"}).json()["status"] == "clean");
  CHECK(at.wrong() == "");
  CHECK(found(at, {"zebra"}).empty());
  CHECK(found(at, {"rollback"}) == names{"a"});
}
