// Texts that are all beginnings and no ends. Whoever looks for each end to the end of the text does not come back.

#include "converters/convert_html.hpp"
#include "converters/html_depth.hpp"
#include "program.hpp"
#include "text/end_finder.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using openkb::testing::content_of;
using openkb::testing::place;

namespace {

constexpr int many = 100'000;

std::string repeated(std::string_view text, int times = many) {
  std::string out = "words ";
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

std::string numbered(std::string_view before, std::string_view after, int times = many) {
  std::string out = "words ";
  for (int i = 0; i < times; ++i) out.append(before).append(std::to_string(i)).append(after);
  return out;
}

}  // namespace

TEST_CASE("hostile text: Markdown of beginnings without ends takes no time to the square") {
  for (const auto* text : {"[a](", "[a](<", "[a](b (", "[a](b '", "<!-- ", "<a href=\"x\" ", "![a][", "![a", "][", "[",
                           "`", "<", "**a ", "_a", "> ", "[a](b\n", "[a]: <\n"}) {
    CAPTURE(text);
    const auto markdown = repeated(text);
    CHECK(openkb::find_links(markdown).size() < markdown.size());
    CHECK(openkb::plain_text(markdown).starts_with("words"));
  }
  CHECK(openkb::plain_text(repeated("![a") + std::string(many, ']')).starts_with("words"));
}

TEST_CASE("hostile text: HTML without ends takes no time to the square, and keeps its words") {
  for (const auto* text :
       {"<div>", "<ul><li>", "<b>", "<foo/>", "<div></b>", "<svg><div/>", "<table><tr><td>", "<!-- ", "<a href=\"",
        "<script></", "<div><b></div>", "<blockquote>", "<p><span>", "<header><h1>a"}) {
    CAPTURE(text);
    CHECK(openkb::convert_html(repeated(text, many / 2)).markdown.starts_with("words"));
  }
  CHECK(openkb::convert_html(numbered("<div><b a", "></div>", many / 20)).markdown.starts_with("words"));
  CHECK(openkb::convert_html(repeated("<foo/>", many / 2) + repeated("<div></div>", many / 2)).markdown.size() > 10);
}

TEST_CASE("hostile text: what is nested like HTML that people write is left as it is") {
  const std::string svg = "<svg>" + repeated("<path d='M0 0'/>", 2000) + "</svg>";
  for (const auto& html :
       {"<h1>a</h1><p>b<p>c" + repeated("<p>x", 2000), svg + "<h2>d</h2>", repeated("<ul><li>a<li>b</ul>", 2000),
        repeated("<div><b>x</div></b>", 2000), repeated("<script>if (a < b) '<div>'</script>", 2000),
        repeated("<a href='<b>' x=\"<b>\">", 1), repeated("<i>a <b>c</i></b>", 2000),
        repeated("<!-- <div> -->", 2000)}) {
    CHECK(openkb::with_bounded_depth(html) == html);
  }
}

TEST_CASE("hostile text: what is deeper than a browser nests has no element of its own, and its text stays") {
  std::string html;
  for (int i = 0; i < 600; ++i) html += "<div>";
  html += "deep";
  for (int i = 0; i < 600; ++i) html += "</div>";
  html += "<h1>behind</h1>";
  const auto bounded = openkb::with_bounded_depth(html);
  CHECK(bounded.size() == html.size() - (600 - openkb::deepest_nesting) * std::string_view("<div></div>").size());
  CHECK(bounded.ends_with("</div><h1>behind</h1>"));
  CHECK(openkb::convert_html(html).markdown == "deep\n\n# behind\n");
}

TEST_CASE("hostile text: an end that is not there is looked for once") {
  openkb::end_finder ends("a>b-->c");
  CHECK(ends.find(">", 0) == 1);
  CHECK(ends.find("-->", 0) == 3);
  CHECK(ends.find("-->", 4) == std::string_view::npos);
  CHECK(ends.find("-->", 5) == std::string_view::npos);
  CHECK(ends.find(">", 2) == 5);
  for (const auto* other : {"1", "2", "3", "4", "5"}) CHECK(ends.find(other, 0) == std::string_view::npos);
  CHECK(ends.find("5", 1) == std::string_view::npos);
}

TEST_CASE("openkb add: a hostile document is added like any other") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto run = at.add(at.write("deep.html", "<title>Deep</title><p>" + repeated("<div>", 200'000)));
  CHECK(run.code == 0);
  CHECK(run.peak < 200'000);
  CHECK(at.add(at.write("open.md", repeated("[a](", 100'000))).code == 0);
  CHECK(content_of(at.kb() / "raw/open.md") == repeated("[a](", 100'000));
}
