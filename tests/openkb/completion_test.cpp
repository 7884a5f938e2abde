#include "program.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace {

namespace fs = std::filesystem;
using openkb::testing::content_of;
using openkb::testing::place;

// A place with documents in a knowledge base that is not the current directory.
struct library : place {
  library() {
    REQUIRE(run({"init"}).code == 0);
    for (const auto* name : {"apple", "apricot", "banana"}) {
      write(std::string("docs/") + name + ".md", std::string("# The ") + name + "\n\nSome text on fruit.\n");
    }
    REQUIRE(run({"add", (path() / "docs").native()}).code == 0);
  }

  // What a shell says of a script that begins with openkb's own.
  [[nodiscard]] std::string said(const std::string& shell, const std::string& script) const {
    const auto name = shell.substr(0, shell.find(' '));
    const auto file = write("script", run({"completion", name}).out + script);
    const auto command = "cd '" + path().native() + "' && PATH='" + fs::path(OPENKB_PROGRAM).parent_path().native() +
                         "':$PATH " + shell + " '" + file.native() + "' > said.txt 2>&1 < /dev/null";
    CHECK(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
    return content_of(path() / "said.txt");
  }
};

// The shells beside bash are not everywhere.
bool is_here(const char* shell) {
  const auto command = std::string("command -v ") + shell + " > /dev/null";
  const bool here = std::system(command.c_str()) == 0;  // NOLINT(cert-env33-c): a test's own names
  if (!here) MESSAGE("SKIPPED: no " << std::string(shell) << " here");
  return here;
}

}  // namespace

TEST_CASE("openkb completion: bash completes commands, options, values, and names of documents behind --kb") {
  const library at;
  const auto script = std::string(R"(
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _openkb; echo "${COMPREPLY[*]}"; }
try openkb --json rec
try openkb remove --k
try openkb --kb kb remove ap
try openkb --kb=kb recompile ''
try openkb --kb = kb recompile b
try openkb recompile --kb './kb' apr
try openkb recompile --kb './kb' apple b
try openkb --kb add remove ap
try openkb completion ''
try openkb --crash-at committ
try openkb help rem
try openkb list --json --
HOME=$PWD; try openkb --kb '~/kb' remove ban
)");
  CHECK(at.said("bash", script) ==
        "recompile recover\n"
        "--keep-raw --kb\n"
        "apple apricot\n"
        "apple apricot banana\n"
        "banana\n"
        "apricot\n"
        "banana\n"
        "\n"
        "bash zsh fish\n"
        "committed\n"
        "remove\n"
        "--help --sort --reverse --kb --json --quiet --crash-at --verbose --trace --version\n"
        "banana\n");
}

TEST_CASE("openkb completion: bash itself completes files where a file is to stand") {
  const library at;
  const auto said = at.said("bash", R"(
compopt() { echo "${*}"; }
try() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _openkb; echo "${#COMPREPLY[@]}"; }
try openkb add doc
try openkb --trace x
try openkb --kb k
try openkb add --images-from d
try openkb remove k
)");
  CHECK(said == "-o default\n0\n-o default\n0\n-o dirnames\n0\n-o dirnames\n0\n0\n");
}

TEST_CASE("openkb completion: zsh completes names behind --kb") {
  if (!is_here("zsh")) return;
  const library at;
  const auto said = at.said("zsh -f", R"(
_describe() { print -l -- "${(@P)2}"; }
_files() { print -- files "$@"; }
compset() { :; }
words=(openkb --kb kb remove ap); CURRENT=5; _openkb
words=(openkb add d); CURRENT=3; _openkb
words=(openkb --kb k); CURRENT=3; _openkb
words=(openkb comp); CURRENT=2; _openkb
)");
  CHECK(said.find("apple:The apple\napricot:The apricot\nfiles\nfiles -/\ncompletion:print a script") !=
        std::string::npos);
}

TEST_CASE("openkb completion: fish completes names behind --kb, and files") {
  if (!is_here("fish")) return;
  const library at;
  const auto said = at.said("fish --no-config", R"(
complete -C 'openkb --kb kb remove ap'
complete -C 'openkb --kb=kb remove b'
complete -C 'openkb comp'
complete -C 'openkb add docs/ban'
complete -C 'openkb --kb doc'
)");
  CHECK(said ==
        "apple\tThe apple\napricot\tThe apricot\nbanana\tThe banana\n"
        "completion\tprint a script that lets a shell complete openkb's lines\n"
        "docs/banana.md\ndocs/\n");
}
