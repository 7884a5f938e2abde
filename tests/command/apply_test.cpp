// `commitpoint apply`, with real change sets.

#include "command.hpp"

#include "changes/encodings.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

using command_test::content_of;
using command_test::place;
using nlohmann::json;
namespace fs = std::filesystem;

TEST_CASE("commitpoint apply: every operation, in their order, at one commit point") {
  const place p;
  p.write("a", "one\ntwo\n");
  p.write("d/f", "x");
  fs::permissions(p / "a", fs::perms(0640));
  std::ofstream(p.path() / "given") << "from a file";
  const auto done = p.apply({{{"op", "write"}, {"path", "b"}, {"text", "hello\n"}, {"mode", "0600"}},
                             {{"op", "append"}, {"path", "a"}, {"text", "three\n"}},
                             {{"op", "replace"}, {"path", "a"}, {"find", "two"}, {"with", "TWO"}},
                             {{"op", "edit"}, {"path", "a"}, {"diff", "@@ -1,2 +1,3 @@\n one\n+and a half\n TWO\n"}},
                             {{"op", "mkdir"}, {"path", "e/f"}},
                             {{"op", "write"}, {"path", "e/f/g"}, {"from", (p.path() / "given").native()}},
                             {{"op", "rename"}, {"from", "d"}, {"to", "h"}},
                             {{"op", "symlink"}, {"path", "l"}, {"target", "a"}},
                             {{"op", "remove"}, {"path", "h/f"}}},
                            {{"b", "absent"}, {"a", command::sha256_of("one\ntwo\n")}});
  CHECK(done.code == 0);
  CHECK(done.json() == json{{"command", "apply"}, {"status", "done"}, {"operations", 9}, {"mutation", 1}});
  CHECK(p.read("a") == "one\nand a half\nTWO\nthree\n");
  CHECK(fs::status(p / "a").permissions() == fs::perms(0640));
  CHECK(p.read("b") == "hello\n");
  CHECK(fs::status(p / "b").permissions() == fs::perms(0600));
  CHECK(p.read("e/f/g") == "from a file");
  CHECK(fs::read_symlink(p / "l") == "a");
  CHECK(fs::is_empty(p / "h"));
  CHECK_FALSE(p.exists("d"));
}

TEST_CASE("commitpoint apply: of a failure it is said which operation it was, and nothing is changed") {
  const place p;
  p.write("a", "x\n");
  CHECK(p.run({"recover"}).code == 2);  // nobody was here before
  CHECK(p.apply(json::array()).code == 0);
  const auto before = p.image();
  const auto failed = p.apply({{{"op", "write"}, {"path", "b"}, {"text", "1"}},
                               {{"op", "replace"}, {"path", "a"}, {"find", "y"}, {"with", "z"}}});
  CHECK(failed.code == 1);
  CHECK(failed.json().at("operation") == 1);
  CHECK(failed.json().at("op") == "replace");
  CHECK(failed.json().at("path") == "a");
  CHECK(failed.json().at("error").at("advice") == "'find' is there 0 times, and 'count' says 1");
  CHECK(difference_text(before, p.image()) == "");

  const auto file = p.change_set({{{"op", "remove"}, {"path", "nothing"}}});
  const auto told = p.run({"apply", file});
  CHECK(told.code == 1);
  CHECK(told.err.starts_with("commitpoint: operation 0 (remove 'nothing'): nothing: No such file or directory\n"));

  CHECK(p.apply({{{"op", "edit"}, {"path", "a"}, {"diff", "@@ -1 +1 @@\n-y\n+z\n"}}}).code == 1);
  CHECK(p.apply({{{"op", "write"}, {"path", "../b"}, {"text", ""}}}).code == 1);
  CHECK(p.apply({{{"op", "write"}, {"path", ".commitpoint/format"}, {"text", ""}}}).code == 1);
  CHECK(p.apply({{{"op", "wite"}, {"path", "b"}}}).code == 2);
  CHECK(difference_text(before, p.image()) == "");
}

TEST_CASE("commitpoint apply: what is expected must be so") {
  const place p;
  p.write("a", "x\n");
  const json write{{{"op", "write"}, {"path", "b"}, {"text", "1"}}};
  CHECK(p.apply(write, {{"a", "absent"}}).code == 1);
  CHECK(p.apply(write, {{"b", command::sha256_of("")}}).code == 1);
  const auto other = p.apply(write, {{"a", command::sha256_of("y\n")}});
  CHECK(other.code == 1);
  CHECK(other.json().at("error").at("path") == "a");
  CHECK(other.json().at("error").at("advice") == "its SHA-256 is " + command::sha256_of("x\n"));
  CHECK_FALSE(p.exists("b"));
  CHECK(p.apply(write, {{"a", command::sha256_of("x\n")}, {"b", "absent"}}).code == 0);
  CHECK(p.exists("b"));
}

TEST_CASE("commitpoint apply: from a pipe") {
  const place p;
  const std::string command =
      std::string("printf '%s' '{\"operations\":[{\"op\":\"write\",\"path\":\"a\",\"text\":\"é\"}]}' | ") +
      COMMITPOINT_PROGRAM + " --quiet --root " + p.root().native() + " apply";
  CHECK(std::system(command.c_str()) == 0);  // NOLINT(cert-env33-c): a test's own names
  CHECK(p.read("a") == "é");
}

TEST_CASE("commitpoint apply --dry-run shows what the real one does, and does nothing") {
  const place p;
  p.write("a", "one\ntwo\n");
  p.write("d/f", "x\n");
  const auto file = p.change_set({{{"op", "replace"}, {"path", "a"}, {"find", "two"}, {"with", "TWO"}},
                                  {{"op", "rename"}, {"from", "d"}, {"to", "e"}}});
  CHECK(p.run({"recover"}).code == 2);
  CHECK(p.run({"apply", "--dry-run", file}).code == 0);  // makes the state directory
  const auto before = p.image();
  const auto shown = p.run({"apply", "--dry-run", file});
  CHECK(shown.code == 0);
  CHECK(shown.out ==
        "--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n one\n-two\n+TWO\n"
        "removed: d\n--- a/d/f\n+++ b/d/f\n@@ -1 +0,0 @@\n-x\n"
        "added: e\n--- a/e/f\n+++ b/e/f\n@@ -0,0 +1 @@\n+x\n");
  CHECK(difference_text(before, p.image()) == "");
  const auto listed = p.run({"--json", "apply", "--dry-run", file}).json();
  CHECK(listed.at("status") == "shown");
  CHECK(listed.at("changes").size() == 5);

  const auto bad = p.change_set({{{"op", "replace"}, {"path", "a"}, {"find", "2"}, {"with", ""}}});
  CHECK(p.run({"apply", "--dry-run", bad}).code == 1);
}
