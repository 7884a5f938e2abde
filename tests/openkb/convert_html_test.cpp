#include "converters/convert_html.hpp"

#include <doctest/doctest.h>

#include <string>

namespace {
std::string converted(std::string_view html) { return openkb::convert_html(html).markdown; }
}  // namespace

TEST_CASE("html: blocks") {
  CHECK(converted("<h2> A <i>b</i> </h2><p>c<p>d") == "## A *b*\n\nc\n\nd\n");
  CHECK(converted("<ul><li>a<ul><li>b</ul><li>c</ul>") == "- a\n  - b\n- c\n");
  CHECK(converted("<ol><li>a</li><li><p>b</p><p>c</p></li></ol>") == "1. a\n2. b\n\n   c\n");
  CHECK(converted("<blockquote><p>a<p>b</blockquote><hr>c") == "> a\n>\n> b\n\n---\n\nc\n");
  CHECK(converted("<pre><code class='x language-c'>a  &lt;\n ```\n</code></pre>") == "````c\na  <\n ```\n````\n");
  CHECK(converted("<div>a<div>b</div>c</div>") == "a\n\nb\n\nc\n");
  CHECK(converted("<a href='x.html'><div>a</div></a>") == "a\n");
}

TEST_CASE("html: tables of data, and tables that lay out") {
  CHECK(converted("<table><tr><th>A<th>B<tr><td>1|2<td><b>x</b></table>") ==
        "| A | B |\n| --- | --- |\n| 1\\|2 | **x** |\n");
  CHECK(converted("<table><tr><td><ul><li>a</ul><td>b</table>") == "- a\n\nb\n");
  CHECK(converted("<table><tr><td>only</table>") == "only\n");
}

TEST_CASE("html: running text") {
  CHECK(converted("<p>a <b> b </b>c<br>d<br></p>") == "a **b** c\\\nd\n");
  CHECK(converted("<p>a*b_c_ [x] &lt;y> 1_2</p>") == "a\\*b_c\\_ \\[x\\] &lt;y> 1_2\n");
  CHECK(converted("<p><code>a`b  c</code> <kbd></kbd>") == "`` a`b c ``\n");
  CHECK(converted("<p>a\x01"
                  "b\xC2\x85"
                  "c\xEF\xBF\xBE</p>") == "abc\n");  // and no U+FFFD
  CHECK(converted("<p><kbd>Ctrl</kbd><kbd>C</kbd></p>") == "`Ctrl` `C`\n");
  CHECK(converted("<p>&amp;lt; &amp;#60; AT&T &amp;<b>lt;</b></p>") == "&amp;lt; &amp;#60; AT&T &amp;**lt;**\n");
  CHECK(converted("<p># a</p><p>- b</p><p>12. c</p>") == "\\# a\n\n\\- b\n\n12\\. c\n");
}

TEST_CASE("html: links and images") {
  CHECK(converted("<a href='a b(1).html#c'> x </a>y") == "[x](a%20b%281%29.html#c) y\n");
  CHECK(converted("Wow!<a href='a.html'>x</a>") == "Wow\\![x](a.html)\n");
  CHECK(converted("<a href='#top'>x</a> <a href='javascript:x()'>y</a> <a href='z'></a>") == "x y\n");
  CHECK(converted("<a href='\x01 Java\nScript:x()'>y</a>, <img src='javascript:' alt='z'>") == "y,\n");
  CHECK(converted("<a href='big.html'><img src='i.png' alt='[i]'></a>") == "[![\\[i\\]](i.png)](big.html)\n");
}

TEST_CASE("html: what no reader reads is left out") {
  CHECK(converted("<head><style>x</style></head><script>y</script><nav>z</nav><!-- c --><p>text</p>") == "text\n");
  CHECK(openkb::convert_html("<title> A &amp; B </title>x").title == "A & B");
  CHECK(converted("<script>only</script>").empty());
}

TEST_CASE("html: nesting without end is no reason to crash") {
  std::string deep;
  for (int i = 0; i < 15'000; ++i) deep += "<div>";
  CHECK(converted(deep + "x").find('x') != std::string::npos);
  std::string spans;
  for (int i = 0; i < 15'000; ++i) spans += "<span>";
  CHECK(converted(spans + "y").find('y') != std::string::npos);
}
