#include "converters/convert_text.hpp"

#include "text/plain_text.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {
std::string converted(std::string_view text) { return openkb::convert_text(text).markdown; }
}  // namespace

TEST_CASE("text: headings are recognised") {
  CHECK(converted("Title\n=====\n\nPart\n----\ntext\n") == "# Title\n\n## Part\n\ntext\n");
  CHECK(converted("intro here.\n\nALL CAPITALS\n\ntext\n") == "intro here.\n\n# ALL CAPITALS\n\ntext\n");
  CHECK(converted("              A TITLE\n           Version 3\n\ntext\n") == "# A TITLE\n\nVersion 3\n\ntext\n");
}

TEST_CASE("text: laid-out blocks stay, lists stay lists") {
  CHECK(converted("see:\n\n      a  b\n      c  d\n") == "see:\n\n      a  b\n      c  d\n");
  CHECK(converted("- one\n- two\n\n1. x\n") == "- one\n- two\n\n1. x\n");
}

TEST_CASE("text: nothing is taken for markup") {
  CHECK(converted("a *b* [c](d) <e> `f` g_h _i_\n") == "a \\*b\\* \\[c\\](d) \\<e> \\`f\\` g_h \\_i\\_\n");
  CHECK(converted("# no heading, but a comment.\n") == "\\# no heading, but a comment.\n");
  CHECK(converted("one\n---\ntwo.\nand\n-----\n") == "# one\n\ntwo.\nand\n\n---\n\n");
  CHECK(converted("<https://x.org/a_b>\n") == "<https://x.org/a_b>\n");
}

TEST_CASE("text: what typewriters and pagers left is gone") {
  CHECK(converted("_\bb_\bo_\bl_\bd\n\f\nnext\r\n") == "bold\n\nnext\n");
}
