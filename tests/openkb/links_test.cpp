#include "text/links.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace {

std::vector<std::string> targets(std::string_view markdown) {
  std::vector<std::string> out;
  for (const auto& l : openkb::find_links(markdown)) out.push_back((l.image ? "!" : "") + l.target);
  return out;
}

using list = std::vector<std::string>;

}  // namespace

TEST_CASE("links: every form is found") {
  CHECK(targets("[a](b.md) and ![c](d.png \"title\")") == list{"b.md", "!d.png"});
  CHECK(targets("![x](<a b.png>)") == list{"!a b.png"});
  CHECK(targets("[![badge](b.svg)](https://x.org)") == list{"!b.svg", "https://x.org"});
  CHECK(targets("[a](b(1).md) [c](d\\).md)") == list{"b(1).md", "d).md"});
  CHECK(targets("[a](\nb.md\n'title')") == list{"b.md"});
  CHECK(targets("<p><img width=3 src=\"i.png\"> <a HREF='j.md'>j</a></p>") == list{"!i.png", "j.md"});
}

TEST_CASE("links: a reference definition is an image when an image refers to it") {
  CHECK(targets("![a][Pic] [b][doc]\n\n[pic]: p.png\n[doc]: <d e.md> \"t\"\n") == list{"!p.png", "d e.md"});
  CHECK(targets("![pic]\n\n[pic]: p.png\n") == list{"!p.png"});
}

TEST_CASE("links: a line with more behind the target than a title is no definition") {
  CHECK(targets("[one]: b.md 'a title'\n[two]: <c.md> (another)\n[three]: d.md \"that goes\non\"\n") ==
        list{"b.md", "c.md", "d.md"});
  CHECK(targets("[one]: b.md and more\n").empty());
  CHECK(targets("[one]: b.md 'a title' and more\n").empty());
  CHECK(targets("[one]: <b c.md>](d.md).\n").empty());
}

TEST_CASE("links: code, comments and escapes have none") {
  CHECK(targets("`[a](b)` ``[a](b) ` `` \\[a](b) <!-- [a](b)\n -->").empty());
  CHECK(targets("```\n[a](b)\n```\n~~~ md\n[a](b)\n~~~\n\n    [a](b)\n").empty());
  CHECK(targets("- item\n\n    [a](b)\n") == list{"b"});  // belongs to the item
  CHECK(targets("text\n    [a](b)\n") == list{"b"});      // indented code cannot interrupt a paragraph
}

TEST_CASE("links: what is cut short is no link") {
  for (const auto* text : {"[", "[a", "[a]", "[a](", "[a](b", "[a](<b", "![", "<img src=", "<img src=\"a", "`", "\\",
                           "[a]: ", "[a]:", "<!--", "[a](b \"t"}) {
    CAPTURE(text);
    CHECK(targets(text).empty());
  }
}

TEST_CASE("links: positions allow replacement") {
  const std::string text = "x ![a](<b c.png>) y";
  const auto found = openkb::find_links(text);
  REQUIRE(found.size() == 1);
  CHECK(text.substr(found[0].begin, found[0].end - found[0].begin) == "<b c.png>");
}

TEST_CASE("links: targets are encoded and decoded") {
  CHECK(openkb::encoded_target("a b/(c).png") == "a%20b/%28c%29.png");
  CHECK(openkb::encoded_target("caf\xC3\xA9/na\x92me.md") == "caf\xC3\xA9/na%92me.md");  // a name need not be UTF-8
  CHECK(openkb::safe_target("https://a\x92.org/%28 (1)") == "https://a%92.org/%28%20%281%29");
  CHECK(openkb::decoded_target("a%20b/%28c%29.png") == "a b/(c).png");
  CHECK(openkb::decoded_target("100%") == "100%");
  CHECK(openkb::is_absolute_url("https://a"));
  CHECK(openkb::is_absolute_url("mailto:a@b"));
  CHECK(openkb::is_absolute_url("//host/a"));
  CHECK_FALSE(openkb::is_absolute_url("a/b:c"));
  CHECK_FALSE(openkb::is_absolute_url("b.md"));
}

TEST_CASE("links: a link that leads nowhere leaves its words") {
  const auto gone = [](const openkb::link& l) { return l.target.starts_with("x"); };
  const auto without = [&](std::string_view text) { return openkb::without_links(text, gone); };
  CHECK(without("see [the *page* \\] here](x.md \"title\") and [b](b.md)") == "see the *page* \\] here and [b](b.md)");
  CHECK(without("![image](x.png) [i [in] j](<x y.md>)") == "image i [in] j");
  CHECK(without("`[code](x.md)` <a href='x.md'>a</a>\n\n[r]: x.md\n") ==
        "`[code](x.md)` <a href='x.md'>a</a>\n\n[r]: x.md\n");
  CHECK(without("[a](x1) [b](x2)") == "a b");
}
