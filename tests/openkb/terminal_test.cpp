#include "terminal.hpp"

#include "knowledge_base/knowledge_base.hpp"
#include "terminal/printable.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

using openkb::testing::ended;
using openkb::testing::place;
using openkb::testing::run_on_terminal;
using openkb::testing::run_without_reader;
using terminal::printable;

const std::string article = "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal.\n";
// A colour, a title of the window, a new line, from right to left, a control character of eight bits.
const std::string evil =
    "red \x1b]0;owned\x07 \xe2\x80\xae left \xc2\x9b"
    "31m";

// What a terminal would obey: anything but lines of characters that are to be seen.
bool is_harmless(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (terminal::printable(line) != line) return false;
  }
  return true;
}

std::vector<std::string> with(std::vector<std::string> first, const std::vector<std::string>& rest) {
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
}

const std::vector<std::vector<std::string>> commands{
    {"list"}, {"status"}, {"lint"}, {"recover", "--dry-run"}, {"recover"}, {"recompile", "--all"}};

}  // namespace

TEST_CASE("openkb manners: what a terminal would obey is spelled out") {
  CHECK(terminal::printable("Grüße, 日本語 🙂") == "Grüße, 日本語 🙂");
  CHECK(terminal::printable("a\nb\tc\r") == "a\\nb\\tc\\r");
  CHECK(terminal::printable("\x1b[2J\x7f") == "\\x1b[2J\\x7f");
  CHECK(terminal::printable("\xc2\x9b") == "\\u009b");
  CHECK(terminal::printable("\xe2\x80\xaex\xe2\x81\xa6") == "\\u202ex\\u2066");
  CHECK(terminal::printable("\xff"
                            "a\xc3") == "\\xffa\\xc3");
  const auto json = terminal::printable_json("{\"a\":\"\xc2\x9b\xf3\xa0\x80\x81ü\"}");
  CHECK(json == "{\"a\":\"\\u009b\\udb40\\udc01ü\"}");
  CHECK(nlohmann::json::parse(json)["a"] == "\xc2\x9b\xf3\xa0\x80\x81ü");
}

TEST_CASE("openkb manners: titles and paths never reach the terminal raw, and JSON has them exactly") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto document = at.write("docs/" + evil + "\n.md", "# The " + evil + "\n\nIts text ![](" + evil + ".png).\n");
  const auto missing = (at.path() / (evil + "\n.txt")).native();
  const std::vector<std::vector<std::string>> all{{"add", document.native()},
                                                  {"add", document.native()},
                                                  {"add", missing},
                                                  {"list"},
                                                  {"lint"},
                                                  {"remove", evil},
                                                  {"recompile", evil},
                                                  {evil},
                                                  {"--" + evil, "list"},
                                                  {"remove", "--dry-run", document.native()}};
  for (const auto& command : all) {
    const auto run = at.run(command);
    CAPTURE(run.out);
    CAPTURE(run.err);
    CHECK(run.out + run.err != "");
    CHECK(is_harmless(run.out));
    CHECK(is_harmless(run.err));
    const auto json = at.run(with({"--json"}, command));
    CHECK(is_harmless(json.out));
    CHECK(is_harmless(json.err));
  }
  CHECK(at.run({"--json", "add", missing}).json()["document"] == missing);
  CHECK(at.run({"--json", "list"}).json()["documents"][0]["source"] == document.native());
  CHECK(at.run({"--verbose", "add", document.native()}).code == 0);
}

TEST_CASE("openkb manners: a full standard output is an error of every command, and what was done is done") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(at.add(at.write("b.md", "# Other\n\nAnother text.\n")).code == 0);
  const auto document = at.write("a.md", article).native();
  const std::vector<std::string> full{"sh", "-c", "exec \"$@\" > /dev/full", "sh"};
  const std::vector<std::string> closed{"sh", "-c", "exec \"$@\" >&-", "sh"};
  auto all = commands;
  for (const auto& more : std::vector<std::vector<std::string>>{
           {"add", document}, {"init"}, {"help"}, {"--version"}, {"remove", "--dry-run", "a"}, {"remove", "a"}}) {
    all.push_back(more);
  }
  for (const auto& command : all) {
    CAPTURE(command[0]);
    for (const auto& format : {std::vector<std::string>{}, {"--json"}}) {
      if (command[0] == "remove") (void)at.add(document);
      const auto run = at.start(with(format, command), full).wait();
      CHECK(run.code == 1);
      CHECK(run.err.find("standard output: No space left on device\n") != std::string::npos);
    }
  }
  CHECK(at.run({"--json", "status"}).json()["documents"] == 1);
  CHECK(at.start({"add", document}, full).wait().code == 1);
  const auto status = at.start({"status"}, closed).wait();
  CHECK(status.code == 1);
  CHECK(status.err.find("standard output: Bad file descriptor\n") != std::string::npos);
  CHECK(at.run({"--json", "status"}).json()["documents"] == 2);
  CHECK(at.wrong() == "");
}

TEST_CASE("openkb manners: a reader who goes away ends nothing half-way") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  at.write("docs/a.md", article);
  at.write("docs/b.md", "# Other\n\nAnother text.\n");
  CHECK(run_without_reader(at, {"add", (at.path() / "docs").native()}) == 128 + SIGPIPE);
  const auto status = at.run({"--json", "status"}).json();
  CHECK(status["status"] == "clean");
  CHECK(status["documents"] == 2);
  CHECK(run_without_reader(at, {"list"}) == 128 + SIGPIPE);
}

TEST_CASE("openkb manners: what only reads says that it waits") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  std::vector<openkb::testing::running> waiting;
  {
    auto kb = openkb::knowledge_base::open(at.kb());
    REQUIRE(kb);
    const auto held = kb.value().acquire();
    REQUIRE(held);
    for (const auto& command : commands) {
      waiting.push_back(at.start(command, {}, "said" + std::to_string(waiting.size())));
    }
    for (const auto& one : waiting) {
      bool said = false;
      for (int looked = 0; looked < 500 && !said; ++looked) {
        said = one.said_so_far().find("another openkb is at work here; waiting for it\n") != std::string::npos;
        if (!said) std::this_thread::sleep_for(std::chrono::milliseconds(20));
      }
      CHECK(said);
    }
  }
  for (const auto& one : waiting) CHECK(one.wait().code == 0);
}

TEST_CASE("openkb manners: colours on a terminal only, and not for who wants none") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  REQUIRE(at.add(at.write("a.md", article)).code == 0);
  CHECK(at.run({"list"}).out.find('\x1b') == std::string::npos);
  CHECK(run_on_terminal(at, {"list"}).text.find("\x1b[1ma\x1b[0m") != std::string::npos);
  CHECK(run_on_terminal(at, {"remove", "none"}).text.find("\x1b[1;31mopenkb: \x1b[0mnone: ") != std::string::npos);
  for (const auto& without : std::vector<std::vector<std::string>>{{"TERM=xterm", "NO_COLOR=1"}, {"TERM=dumb"}, {}}) {
    CHECK(run_on_terminal(at, {"list"}, without).text.find('\x1b') == std::string::npos);
  }
  CHECK(run_on_terminal(at, {"list"}, {"TERM=xterm", "NO_COLOR="}).text.find('\x1b') != std::string::npos);
}

TEST_CASE("openkb manners: a batch on a terminal says how long it will take; --quiet says what is wrong, and no more") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto docs = (at.path() / "docs").native();
  for (int i = 0; i < 4; ++i) at.write("docs/" + std::to_string(i) + ".md", article + std::to_string(i) + "\n");
  const auto dry = run_on_terminal(at, {"add", "--jobs", "2", "--batch", "2", docs});
  CHECK(dry.code == 0);
  INFO(dry.text);
  const auto progress = dry.text.find("2 of 4, ");
  REQUIRE(progress != std::string::npos);
  CHECK(dry.text.find(" a second, ", progress) != std::string::npos);
  CHECK(dry.text.find(" s left", progress) != std::string::npos);
  for (int i = 0; i < 4; ++i) at.write("docs/" + std::to_string(i) + ".md", article + std::to_string(i + 4) + "\n");
  at.write("docs/bad.md", "");
  at.write("docs/image.md", article + "![](none.png)\n");
  const auto quiet = at.run({"--quiet", "add", docs});
  CHECK(quiet.code == 1);
  CHECK(quiet.out == "");
  CHECK(quiet.err.find("bad.md: the document has no text\n") != std::string::npos);
  CHECK(quiet.err.find("image.md: warning: ") != std::string::npos);
  CHECK(quiet.err.find("4 added") == std::string::npos);
  CHECK(run_on_terminal(at, {"--quiet", "recompile", "--all"}).text == "");
  CHECK(at.run({"--quiet", "list"}).out.find("image") != std::string::npos);
  CHECK(at.run({"--quiet", "--json", "remove", "image"}).json()["status"] == "removed");
}
