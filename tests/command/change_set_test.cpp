// What a change set may be, and what is said of one that cannot be read.

#include "changes/change_set.hpp"
#include "changes/encodings.hpp"
#include "changes/unified_diff.hpp"
#include "roots/error.hpp"

#include <doctest/doctest.h>

#include <string>
#include <variant>

namespace op = command::op;
using command::parse_change_set;
using command::with_diff;

namespace {

std::string wrong_with(const std::string& json) {
  const auto parsed = parse_change_set(json);
  if (parsed) return "nothing";
  CHECK(parsed.error() == command::error::bad_change_set);
  return parsed.error().explanation();
}
std::string wrong_with_operation(const std::string& json) { return wrong_with(R"({"operations":[)" + json + "]}"); }

std::string patched(const std::string& text, const std::string& diff) {
  const auto done = with_diff(text, diff);
  return done ? done.value() : "refused: " + done.error().explanation();
}

}  // namespace

TEST_CASE("change set: every operation is read") {
  const auto parsed = parse_change_set(R"({
    "operation": "tidy",
    "expect": {"a": "absent", "b": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"},
    "operations": [
      {"op": "write", "path": "a", "text": "x", "mode": "0755"},
      {"op": "append", "path": "a", "base64": "AAEC"},
      {"op": "write", "path": "c", "from": "/etc/hostname"},
      {"op": "replace", "path": "a", "find": "x", "with": "y", "count": 2},
      {"op": "edit", "path": "a", "diff": "@@"},
      {"op": "mkdir", "path": "d"}, {"op": "rename", "from": "a", "to": "e"},
      {"op": "remove", "path": "b"}, {"op": "symlink", "path": "l", "target": "e"}]})");
  REQUIRE(parsed);
  const auto& all = parsed.value();
  CHECK(all.name == "tidy");
  REQUIRE(all.expected.size() == 2);
  CHECK_FALSE(all.expected[0].sha256);
  CHECK(all.expected[1].sha256 == command::sha256_of("test"));
  REQUIRE(all.operations.size() == 9);
  CHECK(std::get<op::write>(all.operations[0]).mode == 0755U);
  CHECK(std::get<op::append>(all.operations[1]).content.bytes == std::string("\0\1\2", 3));
  CHECK(std::get<op::write>(all.operations[2]).content.from == "/etc/hostname");
  CHECK(std::get<op::replace>(all.operations[3]).count == 2);
  CHECK(command::path_of(all.operations[6]) == "a");
  CHECK(command::name_of(all.operations[8]) == "symlink");
}

TEST_CASE("change set: what is wrong is said, and where") {
  CHECK(wrong_with("{").find("parse error") != std::string::npos);
  CHECK(wrong_with("[]") == "it is no object");
  CHECK(wrong_with("{}") == "it has no array 'operations'");
  CHECK(wrong_with(R"({"operations":[],"more":1})") == "it has a member that nobody knows: 'more'");
  CHECK(wrong_with(R"({"operations":[],"expect":{"a":"9f"}})") ==
        "'expect' has for 'a' neither \"absent\" nor a SHA-256 of 64 digits");
  CHECK(wrong_with_operation(R"({"op":"mkdir","path":"d"},{"op":"wite"})") ==
        "operation 1 has an 'op' that nobody knows: 'wite'");
  CHECK(wrong_with_operation(R"({"op":"write","path":"a","text":"","mod":"0644"})") ==
        "operation 0 has a member that nobody knows: 'mod'");
  CHECK(wrong_with_operation(R"({"op":"write","path":"a"})") == "operation 0 needs one of 'text', 'base64' and 'from'");
  CHECK(wrong_with_operation(R"({"op":"write","path":"a","text":"","from":"b"})") ==
        "operation 0 needs one of 'text', 'base64' and 'from'");
  CHECK(wrong_with_operation(R"({"op":"write","path":"a","text":"","mode":"rw"})") ==
        "operation 0 has a 'mode' that is none, such as \"0644\"");
  CHECK(wrong_with_operation(R"({"op":"write","path":"a","base64":"?"})") == "operation 0 has a 'base64' that is none");
  CHECK(wrong_with_operation(R"({"op":"write","path":1,"text":""})") == "operation 0 has a 'path' that is no text");
  CHECK(wrong_with_operation(R"({"op":"remove"})") == "operation 0 has no 'path'");
  CHECK(wrong_with_operation(R"({"op":"remove","path":""})") == "operation 0 has an empty 'path'");
  CHECK(wrong_with_operation(R"({"op":"replace","path":"a","find":"","with":"b"})") ==
        "operation 0 has an empty 'find'");
  CHECK(wrong_with_operation(R"({"op":"replace","path":"a","find":"x","with":"b","count":-1})") ==
        "operation 0 has a 'count' that is no number");
}

TEST_CASE("change set: base64") {
  CHECK(command::from_base64("") == "");
  CHECK(command::from_base64("YQ==") == "a");
  CHECK(command::from_base64("YWI=\n") == "ab");
  CHECK(command::from_base64("YWJj") == "abc");
  CHECK_FALSE(command::from_base64("YWJ"));
  CHECK_FALSE(command::from_base64("Y===") == "a");
  CHECK_FALSE(command::from_base64("YQ==YQ=="));
}

TEST_CASE("change set: a diff is applied where it fits, and nowhere else") {
  const std::string text = "a\nb\nc\nd\ne\n";
  CHECK(patched(text, "--- x\n+++ x\n@@ -2,2 +2,2 @@\n b\n-c\n+C\n") == "a\nb\nC\nd\ne\n");
  CHECK(patched(text, "@@ -2 +2,0 @@\n-b\n@@ -4,2 +3,3 @@ where\n d\n+x\n e\n") == "a\nc\nd\nx\ne\n");
  CHECK(patched(text, "@@ -1,0 +2 @@\n+x\n") == "a\nx\nb\nc\nd\ne\n");
  CHECK(patched("", "@@ -0,0 +1,2 @@\n+x\n+y\n") == "x\ny\n");
  CHECK(patched("x\n", "@@ -1 +0,0 @@\n-x\n").empty());
  CHECK(patched("new\n" + text, "@@ -2,2 +2,2 @@\n b\n-c\n+C\n") == "new\na\nb\nC\nd\ne\n");  // it has moved
  CHECK(patched("a\nb", "@@ -2 +2 @@\n-b\n\\ No newline at end of file\n+B\n") == "a\nB\n");
  CHECK(patched("a\nb\n", "@@ -2 +2 @@\n-b\n+B\n\\ No newline at end of file\n") == "a\nB");
  CHECK(patched("a\n\nb\n", "@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n") == "a\n\nc\n");  // an editor took the blank away

  CHECK(patched(text, "@@ -2,2 +2,2 @@\n b\n-X\n+C\n") ==
        "refused: hunk 1 (at line 2): what it is to change is not there");
  CHECK(patched(text, "@@ -4 +4 @@\n-d\n@@ -1 +1 @@\n-a\n+A\n").starts_with("refused: hunk 1"));
  CHECK(patched(text, "@@ -4 +3,0 @@\n-d\n@@ -1 +1 @@\n-a\n+A\n") ==
        "refused: hunk 2 (at line 1): what it is to change is not there");  // it stands before what was done
  CHECK(patched(text, "@@ -2,3 +2,2 @@\n b\n-c\n") == "refused: hunk 1 does not have as many lines as its header says");
  CHECK(patched(text, "@@ x @@\n") == "refused: hunk 1 has a header that is none");
  CHECK(patched(text, "no diff\n") == "refused: it has no hunk, which begins with @@ -1 +1 @@");
}
