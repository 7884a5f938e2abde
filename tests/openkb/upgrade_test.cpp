#include "old_format.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

using openkb::testing::content_of;
using openkb::testing::format_of_config;
using openkb::testing::format_of_rows;
using openkb::testing::old_place;
using openkb::testing::place;
using openkb::testing::registry_of;

}  // namespace

TEST_CASE("openkb upgrade: the first command that writes upgrades a knowledge base of format 2, and says so") {
  const old_place at;
  const auto done = at.add_other();
  INFO(done.err);
  REQUIRE(done.code == 0);
  CHECK(done.err.find("upgrading it from format 2 to 4") != std::string::npos);
  CHECK(format_of_rows(at) == "4");
  CHECK(format_of_config(at) == "4");
  CHECK(content_of(at.kb() / "wiki/log.md").find("upgraded this knowledge base from format 2 to 4") !=
        std::string::npos);
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == 2);
  CHECK(at.wrong() == "");
  CHECK(at.run({"lint"}).code == 0);
  // It has what one that is new has, and there is nothing left to say.
  const place fresh;
  REQUIRE(fresh.run({"init"}).code == 0);
  CHECK(registry_of(at).schema() == registry_of(fresh).schema());
  CHECK(at.run({"remove", "b"}).err == "");
}

TEST_CASE("openkb upgrade: what only looks works with format 2, and leaves it as it is") {
  const old_place at;
  const auto before = at.image();
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == 1);
  CHECK(at.run({"--json", "status"}).json()["documents"] == 1);
  CHECK(at.run({"lint"}).code == 0);
  CHECK(at.run({"init"}).code == 0);
  CHECK(difference_text(before, at.image()) == "");
  CHECK(format_of_rows(at) == "2");
}

TEST_CASE("openkb upgrade: what a person configured stays; a configuration that cannot be read is an error") {
  const old_place at;
  const auto file = at.write("kb/.openkb/config.json", "{");
  const auto refused = at.run({"--json", "remove", "a"});
  CHECK(refused.json()["error"]["advice"] == "mend .openkb/config.json");
  CHECK(format_of_rows(at) == "2");
  at.write("kb/.openkb/config.json", R"({"compiler": {"url": "http://host/v1", "model": "m"}, "format": 2, "x": 1})");
  REQUIRE(at.run({"remove", "a"}).code == 0);
  const auto config = nlohmann::ordered_json::parse(content_of(file));
  CHECK(config.dump() == R"({"compiler":{"url":"http://host/v1","model":"m"},"format":4,"x":1})");
}

TEST_CASE("openkb upgrade: documents of format 3 that speak of each other are linked") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto a = at.write("d/a.md", "# First\n\nSee [b](b.md#c).\n");
  const auto b = at.write("d/b.md", "# Second\n\nBack to [a](a.md).\n");
  REQUIRE(at.add(a).code == 0);
  const auto alone = content_of(at.kb() / "wiki/sources/a.md");
  REQUIRE(at.add(b).code == 0);
  auto linked = at.image(false);
  CHECK(content_of(at.kb() / "wiki/sources/a.md") != alone);
  const auto other = content_of(at.kb() / "wiki/sources/b.md");
  const auto back = "file://" + a.native();
  make_format_3(at, {{"a", alone}, {"b", std::string(other).replace(other.find("a.md)"), 4, back)}});
  CHECK(at.run({"search", "second"}).code == 0);  // what only looks finds all that it needs
  CHECK(format_of_rows(at) == "3");
  const auto done = at.run({"recompile", "--all"});
  CHECK(done.err.find("upgrading it from format 3 to 4") != std::string::npos);
  CHECK(format_of_rows(at) == "4");
  auto upgraded = at.image(false);
  for (auto* both : {&linked, &upgraded}) both->entries.erase("wiki/log.md");
  CHECK(difference_text(linked, upgraded) == "");
  CHECK(at.run({"lint"}).out == "clean\n");
}

TEST_CASE("openkb upgrade: a document whose source page is gone keeps nobody from going on") {
  const old_place at;
  std::filesystem::remove(at.kb() / "wiki/sources/a.md");
  REQUIRE(at.add_other().code == 0);
  CHECK(format_of_rows(at) == "4");
}

TEST_CASE("openkb upgrade: a format that no openkb knows yet is refused") {
  const old_place at;
  registry_of(at).run("PRAGMA user_version = 5");
  for (const auto* command : {"list", "status", "lint"}) {
    const auto run = at.run({command});
    CHECK(run.code == 1);
    CHECK(run.err.find("made by another version of openkb") != std::string::npos);
  }
}
