#include "program.hpp"
#include "terminal.hpp"

#include "terminal/printable.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {

using openkb::testing::content_of;
using openkb::testing::place;

struct library : place {
  library() {
    REQUIRE(run({"init"}).code == 0);
    REQUIRE(add(write("a.md", article)).code == 0);
    REQUIRE(add(write("b.md", "# Other\n\nThe rollback journal of Ada Lovelace is another one.\n")).code == 0);
  }

  const std::string article =
      "# Atomic \x1b[31mcommit\n\nThe rollback journal of Ada Lovelace, \xc2\x9b"
      "31m rollback"
      " journal.\n";
};

}  // namespace

TEST_CASE("openkb show: a document's text, its summary, its original, and what it is known by") {
  const library at;
  const auto page = content_of(at.kb() / "wiki/sources/b.md");
  CHECK(at.run({"show", "b"}).out == page);
  CHECK(at.run({"show", (at.path() / "b.md").native()}).out == page);
  CHECK(at.run({"show", "--summary", "b"}).out == content_of(at.kb() / "wiki/summaries/b.md"));
  CHECK(at.run({"show", "--raw", "a"}).out == at.article);  // to the byte, where no terminal is
  const auto said = at.run({"--json", "show", "b"}).json();
  CHECK(said["command"] == "show");
  CHECK(said["name"] == "b");
  CHECK(said["title"] == "Other");
  CHECK(said["path"] == "wiki/sources/b.md");
  CHECK(said["text"] == page);
  CHECK(at.run({"show"}).code == 2);
  CHECK(at.run({"show", "--raw", "--summary", "b"}).code == 2);
}

TEST_CASE("openkb show: other pages of the wiki, and nothing else") {
  const library at;
  const auto topic = terminal::without_controls(content_of(at.kb() / "wiki/entities/ada-lovelace.md"));
  for (const auto* name : {"ada-lovelace", "Ada Lovelace", "entities/ada-lovelace", "wiki/entities/ada-lovelace.md"}) {
    CAPTURE(name);
    CHECK(at.run({"show", name}).out == topic);
  }
  CHECK(at.run({"show", "index"}).out == content_of(at.kb() / "wiki/index.md"));
  for (const auto* name : {"nothing", "../.openkb/config.json", "wiki/../.openkb/config.json", ".openkb/config.json",
                           "/etc/passwd", "wiki", ""}) {
    CAPTURE(name);
    const auto run = at.run({"--json", "show", name});
    CHECK(run.code == 1);
    CHECK(run.json()["error"]["message"] == "no such document or page here");
  }
}

TEST_CASE("openkb show: the pager of the user gets it on a terminal, and no page gives orders to either") {
  const library at;
  const auto piped = at.run({"show", "a"}).out;
  CHECK(piped.find("rollback journal") != std::string::npos);
  for (const auto* order : {"\x1b", "\xc2\x9b"}) CHECK(piped.find(order) == std::string::npos);
  const auto on_terminal = [&](std::vector<std::string> arguments, const std::string& pager) {
    return run_on_terminal(at, std::move(arguments), {"PATH=/usr/bin:/bin", "TERM=xterm", "PAGER=" + pager});
  };
  const auto paged = on_terminal({"show", "--raw", "a"}, "sed s/^/paged:/");
  INFO(paged.text);
  CHECK(paged.code == 0);
  CHECK(paged.text.find("paged:# Atomic  [31mcommit") != std::string::npos);
  CHECK(paged.text.find('\x1b') == std::string::npos);
  for (const auto* pager : {"cat", "", "no-such-pager-here"}) {
    CHECK(on_terminal({"show", "b"}, pager).text.find("rollback journal") != std::string::npos);
  }
  // Who has seen enough is no failure.
  CHECK(on_terminal({"show", "b"}, "true").code == 0);
}
