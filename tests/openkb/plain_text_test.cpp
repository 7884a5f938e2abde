#include "text/plain_text.hpp"

#include "text/outline.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using openkb::plain_text;
using list = std::vector<std::string>;

TEST_CASE("plain text: markup goes, words stay") {
  CHECK(plain_text("A *b* **c** `d*e` [f](g.md) ![h](i.png) <b>j</b> k_l _m_") == "A b c de f h j k_l m");
  CHECK(plain_text("a &amp; b &lt;c&gt; \\*d\\*") == "a & b <c> *d*");
  CHECK(plain_text("[a][b] <https://x.org/> <!-- no > no --> c") == "a https://x.org/ c");
  CHECK(plain_text("two\n  lines") == "two lines");
}

TEST_CASE("plain text: sentences end where they should") {
  CHECK(openkb::sentences_of("One. Two! Three? four.") == list{"One.", "Two!", "Three? four."});
  CHECK(openkb::sentences_of("See e.g. This one, Dr. Who and J. Doe.").size() == 1);
  CHECK(openkb::sentences_of("Version 1.2 is out. (Yes.) No") == list{"Version 1.2 is out.", "(Yes.)", "No"});
  CHECK(openkb::sentences_of("").empty());
}

TEST_CASE("plain text: escaped text shows as it is") {
  CHECK(openkb::escaped("a*b_[c]<!-- x") == "a\\*b\\_\\[c\\]&lt;!-- x");
  for (const std::string text : {"a *b* [c](d)", "<i>&amp;", "x `y` \\z", "![a](b)"}) {
    CAPTURE(text);
    CHECK(plain_text(openkb::escaped(text)) == text);
  }
  CHECK(plain_text(openkb::escaped("a &\x01lt; b")) == "a &lt; b");
  CHECK(openkb::block_safe("# a") == "\\# a");
  CHECK(openkb::block_safe("1. a") == "1\\. a");
  CHECK(openkb::block_safe("- a") == "\\- a");
  CHECK(openkb::code_span("a`b") == "`` a`b ``");
  CHECK(openkb::code_span("a\nb") == "`a?b`");
}

TEST_CASE("plain text: abridged between words, never inside a character") {
  CHECK(openkb::abridged("short", 10) == "short");
  CHECK(openkb::abridged("one two three four", 12) == "one two…");
  CHECK(openkb::abridged("üüüüüüüü", 5) == "üü…");
}

TEST_CASE("outline: headings and sentences") {
  const auto text = openkb::outline_of(
      "Title\n=====\n\nFirst one. Second [one](https://www.Example.org/x).\n\n## Sub *part* ##\n\n- item a\n- item b\n "
      " "
      "goes on\n\n> quoted\n\n```\ncode. Code.\n```\n\n| a | b |\n| - | - |\n\n[r]: https://example.org\n");
  REQUIRE(text.headings.size() == 2);
  CHECK(text.headings[0].text == "Title");
  CHECK(text.headings[0].level == 1);
  CHECK(text.headings[1].text == "Sub part");
  list sentences;
  for (const auto& s : text.sentences) sentences.push_back(s.text);
  CHECK(sentences == list{"First one.", "Second one.", "item a", "item b goes on", "quoted"});
}
