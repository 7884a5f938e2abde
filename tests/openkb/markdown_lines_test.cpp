#include "text/markdown_lines.hpp"
#include "text/links.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

namespace {

using list = std::vector<std::string>;

list targets(std::string_view markdown) {
  list out;
  for (const auto& l : openkb::find_links(markdown)) out.push_back(l.target);
  return out;
}

// A letter for each line: text, blank, code.
std::string kinds(std::string_view markdown) {
  std::string out;
  for (openkb::markdown_lines lines(markdown); lines.next();) {
    using kind = openkb::markdown_lines::line_kind;
    out += lines.kind() == kind::text ? 't' : lines.kind() == kind::blank ? '_' : 'c';
  }
  return out;
}

std::string repeated(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

}  // namespace

TEST_CASE("openkb html: code in lists and quotes is code, and its links are left alone") {
  CHECK(targets("> ```\n> [a](b)\n> ```\n> [c](d)\n") == list{"d"});
  CHECK(targets("- ```\n  [a](b)\n  ```\n- [c](d)\n") == list{"d"});
  CHECK(targets("1. > ~~~\n   > [a](b)\n   > ~~~\n\n   [c](d)\n") == list{"d"});
  CHECK(targets("> - x\n>\n>       [a](b)\n>\n>   [c](d)\n") == list{"d"});
  CHECK(targets("- x\n\n      [a](b)\n\n  [c](d)\n") == list{"d"});
  CHECK(targets("-     [a](b)\n- [c](d)\n") == list{"d"});
  CHECK(targets(">     [a](b)\n") == list{});
  CHECK(targets("- x\n  - y\n\n    [c](d)\n\n        [a](b)\n") == list{"d"});
}

TEST_CASE("openkb html: what is no code in a list is none") {
  CHECK(targets("- x\n\n    [a](b)\n") == list{"b"});
  CHECK(targets("- x\n\ttext [a](b)\n") == list{"b"});
  CHECK(targets("> x\n    [a](b)\n") == list{"b"});       // goes on with the paragraph, if lazily
  CHECK(targets("> x\n\n    [a](b)\n") == list{});        // but not behind a blank line
  CHECK(targets("> ```\n[c](d)\n> ```\n") == list{"d"});  // a fence ends with its quote
  CHECK(targets("- ```\n\n[c](d)\n") == list{"d"});       // and with its item
  CHECK(targets("- - x\n\n    [a](b)\n") == list{"b"});
  CHECK(targets("10. x\n\n    [a](b)\n") == list{"b"});
  CHECK(targets("***\n    [a](b)\n") == list{});  // a rule is no item
  CHECK(targets("\t[a](b)\n") == list{});
  CHECK(targets("-\tx\n\n    [a](b)\n") == list{"b"});
}

TEST_CASE("openkb html: text in <pre>, scripts and comments of raw HTML is code") {
  CHECK(targets("<pre>\n[a](b)\n\n[a](b)\n</pre>\n[c](d)\n") == list{"d"});
  CHECK(targets("<PRE class='x'>[a](b)</pre>\n\n[c](d)\n") == list{"d"});
  CHECK(targets("<!-- [a](b)\n\n[a](b) -->\n[c](d)\n") == list{"d"});
  CHECK(targets("- <pre>\n  [a](b)\n  </pre>\n- [c](d)\n") == list{"d"});
  CHECK(targets("- <pre>\n  [a](b)\n\n[c](d)\n") == list{"d"});
  CHECK(targets("<preface>[c](d)\n") == list{"d"});
  CHECK(targets("text <!-- x --> [c](d)\n") == list{"d"});
}

TEST_CASE("openkb html: lines are told apart below quotes and lists") {
  CHECK(kinds("a\n\n    b\n\nc\n") == "t_c_t");
  CHECK(kinds("a\n  \n    b\n \t\nc\n") == "t_c_t");
  CHECK(kinds("  ```\na\n  ```\n   # b\n  - c\n") == "ccctt");
  CHECK(kinds("> ```\n> a\n>\n> ```\n> b\n") ==
        "ccc"
        "ct");
  CHECK(kinds("- a\n\n  ```\n  b\n\n  ```\n\nc\n") == "t_cccc_t");
  CHECK(kinds("> a\n>\n> b\n") == "t_t");
  CHECK(kinds("1. a\n2) b\n") == "tt");
}

TEST_CASE("hostile text: quotes and lists nested without end take no time to the square") {
  constexpr int many = 20'000;
  for (const auto* text : {">", "> ", "- ", "1. ", "- > "}) {
    CAPTURE(text);
    const auto deep = repeated(text, many);
    CHECK(targets(deep + "[a](b)\n" + repeated("\n", many) + deep + "\n[c](d)\n").size() >= 1);
    CHECK(targets(repeated(std::string(text) + "x\n", many) + "[c](d)\n") == list{"d"});
  }
  CHECK(targets(repeated("- x\n" + std::string(200, ' ') + "\n", 20'000)).empty());
  CHECK(targets(repeated("<pre", many) + "\n" + repeated("<pre>\n", many)).empty());
}
