#include "program.hpp"

#include "terminal/nearest.hpp"

#include <commitpoint/step.hpp>

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using openkb::testing::content_of;
using openkb::testing::place;
using terminal::nearest;

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

}  // namespace

TEST_CASE("openkb usage: the distance of two words") {
  using terminal::edit_distance;
  CHECK(terminal::edit_distance("add", "add", 2) == 0);
  CHECK(terminal::edit_distance("ad", "add", 2) == 1);
  CHECK(terminal::edit_distance("lsit", "list", 2) == 1);
  CHECK(terminal::edit_distance("", "ab", 2) == 2);
  CHECK(terminal::edit_distance("kitten", "sitting", 3) == 3);
  CHECK(terminal::edit_distance("kitten", "sitting", 2) == 3);
  CHECK(terminal::edit_distance("grüße", "grusse", 3) == 3);
  CHECK(terminal::edit_distance("grüße", "grüsse", 2) == 2);
  CHECK(terminal::nearest("rem", {"list", "remove", "recover"}) == std::vector<std::string>{"remove"});
  CHECK(terminal::nearest("recopmile", {"recompile", "recover"}) == std::vector<std::string>{"recompile"});
  CHECK(terminal::nearest("xy", {"add", "list"}).empty());
  CHECK(terminal::nearest("", {"add", "list"}).empty());
}

TEST_CASE("openkb usage: what is not known is named, with what may have been meant") {
  const place at;
  const std::vector<std::pair<std::string, std::string>> table{
      {"ad x.md", "unknown command \"ad\": did you mean \"add\"?"},
      {"lsit", "unknown command \"lsit\": did you mean \"list\"?"},
      {"fly", "unknown command \"fly\"\n"},
      {"help recompil", "unknown command \"recompil\": did you mean \"recompile\"?"},
      {"add --jbos 4 x.md", "unknown option \"--jbos\": did you mean \"--jobs\""},
      {"add --image-from=x x.md", "unknown option \"--image-from\": did you mean \"--images-from\"?"},
      {"--jsno list", "unknown option \"--jsno\": did you mean \"--json\"?"},
      {"status more", "status takes no such argument: \"more\"\n"},
      {"--crash-at comitted list", "unknown step \"comitted\": did you mean \"committed\""},
      {"completion bsh", "unknown choice \"bsh\": did you mean \"bash\""}};
  for (const auto& row : table) {
    CAPTURE(row.first);
    const auto run = at.run(words_of(row.first));
    CHECK(run.code == 2);
    INFO(run.err);
    CHECK(run.err.find(row.second) != std::string::npos);
    CHECK(run.out == "");
  }
}

TEST_CASE("openkb usage: what stands behind -- is an argument, also behind others") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto said = [&](const std::string& line) { return at.run(words_of(line)).err; };
  CHECK(said("remove a -- -h") == "openkb: a: no such document here\n  see: openkb list\n");
  CHECK(said("add --jobs 2 x.md -- -house.md --help.md").find("--help.md: No such file") != std::string::npos);
}

TEST_CASE("openkb usage: an argument is what it is, also in brackets, and names no other document") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto in = [&](const std::string& name) { return (at.path() / name).native(); };
  REQUIRE(at.run({"add", at.write("a.md", "# Alpha\n\nOne.\n").native(), at.write("b.md", "# Beta\n\nTwo.\n").native()})
              .code == 0);
  at.write("z.md", "# Zeta\n\nThree.\n");
  for (const auto* asked : {"[a,b]", "[b]", "[]", "{}", "++", "[", "%%a", "a,b"}) {
    CAPTURE(asked);
    for (const auto& line : {std::vector<std::string>{"remove", asked}, {"remove", "--", asked}, {"show", asked}}) {
      CHECK(at.run(line).code == 1);
    }
    CHECK(at.run({"recompile", asked}).err.find(std::string(asked) + ": no such document") != std::string::npos);
  }
  CHECK(at.run({"add", "[" + in("z.md") + "]"}).code == 1);
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == 2);
  const auto listed = [&](const std::string& pattern) { return at.run({"list", pattern}).out; };
  CHECK(listed("[b]").find("Beta") != std::string::npos);
  CHECK(listed("[!a]").find("Beta") != std::string::npos);
  CHECK(listed("[!ab]") == "");
  // What has such a name is meant by it.
  REQUIRE(
      at.run({"add", "--images-from", at.write("[i]/x.png", "").parent_path().native(), at.write("[z]", "").native()})
          .code == 1);
  REQUIRE(at.run({"export", in("[site]")}).code == 0);
  CHECK(std::filesystem::exists(in("[site]") + "/index.html"));
  CHECK(at.run({"export", "--title", "[t,u]", in("[site]")}).code == 0);
  CHECK(content_of(in("[site]") + "/index.html").find("<title>[t,u]</title>") != std::string::npos);
  const auto more = at.run({"status", "[more]"});
  CHECK(more.err.find("status takes no such argument: \"[more]\"\n") != std::string::npos);
  CHECK(at.run({"search", "++", "beta"}).out.find("Beta") != std::string::npos);
  CHECK(at.run({"remove", "[a]", "a"}).code == 1);
  CHECK(at.run({"--json", "list"}).json()["documents"].size() == 2);
}

TEST_CASE("openkb usage: every object of --json has its command, also where the line is wrong") {
  const place at;
  for (const auto& row : std::vector<std::pair<std::string, std::string>>{{"list", "list"},
                                                                          {"init", "init"},
                                                                          {"add x.md y.md", "add"},
                                                                          {"add", "add"},
                                                                          {"remove", "remove"},
                                                                          {"remove x", "remove"},
                                                                          {"recompile", "recompile"},
                                                                          {"status --fix", "status"},
                                                                          {"recover --accept x", "recover"},
                                                                          {"--crash-at x lint", "lint"},
                                                                          {"help fly", "help"},
                                                                          {"fly", "fly"},
                                                                          {"", ""}}) {
    CAPTURE(row.first);
    auto words = words_of(row.first);
    words.emplace_back("--json");
    const auto run = at.run(words);
    INFO(run.out);
    CHECK(run.out != "");
    std::istringstream lines(run.out);
    for (std::string object; std::getline(lines, object);) {
      CHECK(nlohmann::json::parse(object).at("command") == row.second);
    }
  }
}

TEST_CASE("openkb usage: --version, help of the program and of a command; the steps of the protocol only where asked") {
  const place at;
  CHECK(at.run({"--version"}).out.starts_with("openkb 0.1.0 (commitpoint 0.1.0, SQLite "));
  const auto help = at.run({"help"});
  CHECK(help.code == 0);
  CHECK(help.out == at.run({"--help"}).out);
  CHECK(help.out.find("publish") == std::string::npos);
  CHECK(at.run({"help", "remove"}).out == at.run({"remove", "--help"}).out);
  CHECK(at.run({"help", "remove"}).out.find("--keep-raw") != std::string::npos);
  for (const auto& asked : {std::vector<std::string>{"--crash-at", "help"}, {"help", "crash-at"}}) {
    const auto steps = at.run(asked);
    CHECK(steps.code == 0);
    for (const auto step : commitpoint::step_names) {
      if (step != "none") CHECK(steps.out.find("  " + std::string(step) + '\n') != std::string::npos);
    }
  }
}

TEST_CASE("openkb usage: the manual page has every command and option, and troff has nothing to say against it") {
  const place at;
  const auto page = at.write("openkb.1", at.run({"help", "--man"}).out);
  const auto command = "groff -man -ww -z '" + page.native() + "' 2> '" + (at.path() / "said").native() + "'";
  REQUIRE(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
  CHECK(content_of(at.path() / "said") == "");
  const auto text = content_of(page);
  for (const auto* word : {".SS add", ".SS recompile", "\\-\\-from\\-pageindex\\-cloud", "\\-\\-keep\\-raw",
                           "\\-\\-images\\-from", ".SH EXIT STATUS", "\\fB130\\fR", "NO_COLOR", "\\fIDOC\\fR..."}) {
    CAPTURE(word);
    CHECK(text.find(word) != std::string::npos);
  }
}
