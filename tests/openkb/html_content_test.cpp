// What of a web page is its content, and what stands around it on every page.

#include "converters/convert_html.hpp"
#include "http_server.hpp"
#include "program.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace {

using openkb::testing::content_of;
using openkb::testing::http_question;
using openkb::testing::http_reply;
using openkb::testing::http_server;
using openkb::testing::place;
using openkb::testing::png;

std::string converted(std::string_view html) { return openkb::convert_html(html).markdown; }
std::string title_of(std::string_view html) { return openkb::convert_html(html).title; }

const std::string text =
    "The rollback journal is written and synced before the first page of the database changes, so that a crash in "
    "between can be undone by whoever opens it next.";
const std::string paragraph = "<p>" + text + "</p>";

}  // namespace

TEST_CASE("openkb html: <main>, or the article, is the content") {
  const std::string chrome = "<div>Our shop sells tea</div>";
  CHECK(converted(chrome + "<main>" + paragraph + "</main>" + chrome) == text + "\n");
  CHECK(converted(chrome + "<div role='main'>" + paragraph + "</div>" + chrome) == text + "\n");
  CHECK(converted(chrome + "<article>" + paragraph + "</article>" + chrome) == text + "\n");
  CHECK(converted("<article>" + paragraph + paragraph + "</article><article><p>a comment</p></article>") ==
        text + "\n\n" + text + "\n");
  CHECK(converted("<main hidden><p>old</p></main><main>" + paragraph + "</main>") == text + "\n");
  // A list of articles is no chrome of the longest one.
  const auto several = converted("<article><p>first</p>" + paragraph + "</article><article><p>second</p>" + paragraph +
                                 "</article><article><p>third</p>" + paragraph + "</article>");
  for (const auto* word : {"first", "second", "third"}) CHECK(several.find(word) != std::string::npos);
}

TEST_CASE("openkb html: any blank of HTML stands between two classes, and none of them is looked at for ever") {
  for (const auto* blank : {" ", "\t", "\n", "\f", "\r"}) {
    CAPTURE(blank);
    const std::string classes = blank + std::string("navbar") + blank + "wide" + blank;
    CHECK(converted("<div class='" + classes + "'>Our shop sells tea</div>" + paragraph) == text + "\n");
  }
}

TEST_CASE("openkb html: navigation is no content") {
  const std::string links = "<a href='a.html'>Alpha</a> <a href='b.html'>Beta</a> <a href='c.html'>Gamma</a>";
  for (const auto& around : std::vector<std::string>{
           "<nav>" + links + "</nav>", "<div role='navigation'>" + links + "</div>",
           "<header><a href='/'>Site</a>" + links + "</header>", "<div class='navbar'>" + links + "</div>",
           "<ul class='breadcrumbs'><li>" + links + "</ul>",
           "<div id='side-bar' class='x sidebar y'>" + links + "</div>",
           "<footer><p>Copyright 2026 Somebody</p></footer>", "<div class='site-footer'>Made with x</div>",
           "<a class='skip' href='#content'>Skip to content</a>", "<p><a href='#main'>Jump to main content</a></p>",
           "<div class='cookie-banner'><p>We value your privacy and use cookies.</p><button>OK</button></div>",
           "<div role='search'>Search this site</div>",
           "<div class='toc'><b>Contents</b><ul><li><a href='#a'>A</a><li><a href='#b'>B</a></ul></div>"}) {
    CAPTURE(around);
    CHECK(converted("<body>" + around + "<h1>T</h1>" + paragraph + "</body>") == "# T\n\n" + text + "\n");
  }
  const std::string places =
      "<ul><li><a href='#a'>A</a><li><a href='#b'>B</a><li><a href='#c'>C</a><li><a href='#d'>D"
      "</a><li><a href='#e'>E</a></ul>";
  CHECK(converted("<h1>T</h1><h2>Contents</h2><div>" + places + "</div><h2>A</h2>" + paragraph) ==
        "# T\n\n## A\n\n" + text + "\n");
  // The list of the chapters of a book leads to other pages.
  const auto book = converted("<h1>T</h1>" + paragraph + "<div class='toc'><ul><li><a href='a.html'>A</a></ul></div>");
  CHECK(book.find("[A](a.html)") != std::string::npos);
  const auto own = openkb::convert_html("<h1>T</h1>" + paragraph +
                                            "<div class='toc'><ul><li><a href='t.html#a'>A</a></ul></div>"
                                            "<p>as <a href='t.html#a'>above</a></p>",
                                        "t.html");
  CHECK(own.markdown == "# T\n\n" + text + "\n\nas above\n");
}

TEST_CASE("openkb html: lines of Next, Previous and Up are no content") {
  for (const auto* line :
       {// texinfo
        "<div class='header'><p>Next: <a href='b.html' accesskey='n' rel='next'>Using it</a>, Previous: <a "
        "href='a.html' rel='prev'>Preface</a>, Up: <a href='i.html' rel='up'>Top</a> &nbsp; [<a href='c.html' "
        "rel='contents'>Contents</a>][<a href='x.html' rel='index'>Index</a>]</p></div><hr>",
        // groff
        "<hr>\n[ <a href='a.html'>prev</a> | <a href='b.html'>next</a> | <a href='i.html'>top</a> ]\n<hr>",
        // DocBook
        "<div class='navheader'><table><tr><th colspan='3'>Chapter 2. Things</th></tr><tr><td><a accesskey='p' "
        "href='a.html'>Prev</a></td><th>Part I</th><td><a accesskey='n' href='b.html'>Next</a></td></tr></table></div>",
        "<div><table class='nav'><tr><td><a href='a.html'><img src='p.png' alt='Prev'></a></td><th>The Manual</th>"
        "<td><a href='b.html'><img src='n.png' alt='Next'></a></td></tr></table></div>",
        // Sphinx
        "<div class='related'><h3>Navigation</h3><ul><li><a href='x.html'>index</a> |</li><li><a href='b.html'>next"
        "</a> |</li><li><a href='i.html'>Foo 1.2 documentation</a> &#187;</li></ul></div>",
        // Doxygen
        "<div id='top'><div id='titlearea'><table><tr><td id='projectalign'><div id='projectname'>Foo</div></td></tr>"
        "</table></div><div id='main-nav'></div></div><div id='nav-path' class='navpath'><ul><li><a "
        "href='d.html'>src</a></li></ul></div>",
        "<p><a href='a.html'>« Previous page</a> · <a href='i.html'>Home</a> · <a href='b.html'>Next page »</a></p>",
        "<ul><li><a href='a.html'>Previous</a></li><li><a href='b.html'>Next</a></li></ul>"}) {
    CAPTURE(line);
    CHECK(converted(std::string(line) + "<h1>T</h1>" + paragraph + line) == "# T\n\n" + text + "\n");
  }
  // Columns of links beside the text, and a table that is a line of navigation.
  CHECK(converted("<table><tr><td><a href='a'>A</a><br><a href='b'>B</a><br><a href='c'>C</a><br><a href='d'>D</a><br>"
                  "<a href='e'>E</a><td>" +
                  paragraph + paragraph + paragraph + paragraph + "</table>")
            .starts_with(text));
  CHECK(converted("<table><tr><td><a href='t.html'>Back to Table of Contents</a></td><td><a href='n.html'>Next: Pages "
                  "and more</a></td></tr></table>" +
                  paragraph) == text + "\n");
  const auto prose = "<p>Next, the <a href='a.html'>journal</a> is synced. See the <a href='b.html'>next</a> page.</p>";
  CHECK(converted(prose) == "Next, the [journal](a.html) is synced. See the [next](b.html) page.\n");
}

TEST_CASE("openkb html: what is hidden, and marks of places, are left out") {
  CHECK(converted("<p hidden>x</p><p style='color: red; Display : NONE'>y</p><template><p>z</p></template>a") == "a\n");
  CHECK(converted("<p hidden='until-found'>x</p><dialog>y</dialog><dialog open>z</dialog>") == "x\n\nz\n");
  CHECK(converted("<p>a <span aria-hidden='true'>→</span><span style='display:none'>b</span>c</p>") == "a c\n");
  CHECK(converted("<pre>a<span hidden>1</span>b <i style='display:none'>c</i></pre>") == "```\nab\n```\n");
  CHECK(converted("<h2>A<a class='headerlink' href='#a'>¶</a></h2><h2><a href='#b'>#</a> B</h2>") == "## A\n\n## B\n");
  CHECK(converted("<p>a</p><noscript><p>Please enable JavaScript</p></noscript>") == "a\n");
  CHECK(converted("<img data-src='a.png' src='data:image/gif;base64,R0' alt='A'><noscript><img src='a.png' alt='A'>"
                  "</noscript>") == "![A](a.png)\n");
}

TEST_CASE("openkb html: names that content has as well") {
  CHECK(converted("<b class='header'>a</b> b") == "**a** b\n");
  CHECK(converted("<dl><dt id='footer'>Footer</dt><dd>b</dd></dl>") == "Footer\n\nb\n");
  CHECK(converted("<h2 id='pagination'>Pagination</h2>a") == "## Pagination\n\na\n");
  CHECK(converted("<section id='navigation'><h2>Navigation</h2><a href='x'>a</a></section>") ==
        "## Navigation\n\n[a](x)\n");
  CHECK(converted("<div id='pagination'><h2>Pagination</h2>a</div>") == "## Pagination\n\na\n");
  CHECK(converted("<div class='section' id='toolbar'><p>a</p></div>") == "a\n");
  CHECK(converted("<div class='toc'><p>Contents</p><dl class='toc'><dt><a href='#a'>A</a></dl></div>" + paragraph) ==
        text + "\n");
  CHECK(converted(
            "<pre><code class='language-js mjs'>import x</code><code class='language-js'>require(x)</code></pre>") ==
        "```js\nimport x\n```\n\n```js\nrequire(x)\n```\n");
  CHECK(converted("<pre><code>a</code>\n<code>b</code></pre>") == "```\na\nb\n```\n");
}

TEST_CASE("openkb html: a page is never lost") {
  const std::string links =
      "<ul><li><a href='a.html'>Alpha beta gamma delta</a><li><a href='b.html'>Epsilon zeta eta "
      "theta</a><li><a href='c.html'>Iota kappa lambda my ny</a></ul>";
  // A page that is nothing but navigation.
  CHECK(converted("<nav>" + links + "</nav>").find("[Alpha beta gamma delta](a.html)") != std::string::npos);
  CHECK(converted("<h1>T</h1><nav>" + links + links + links + "</nav>").find("(c.html)") != std::string::npos);
  // A main that a script would fill.
  CHECK(converted("<main></main>" + paragraph) == text + "\n");
  CHECK(converted("<main><p>Loading</p></main><div>" + paragraph + paragraph + paragraph + paragraph + "</div>")
            .find(text) != std::string::npos);
  // A class that a whole page has.
  CHECK(converted("<div class='sidebar'>" + paragraph + paragraph + "</div>") == text + "\n\n" + text + "\n");
  CHECK(converted("<body style='display:none'>" + paragraph + "</body>") == text + "\n");
  // What only a page's header has.
  CHECK(converted("<header><h1>T</h1><p>by Ada</p></header>" + paragraph) == "# T\n\nby Ada\n\n" + text + "\n");
}

TEST_CASE("openkb html: <base href> is kept for whoever resolves the links") {
  CHECK(openkb::convert_html("<base href='https://example.org/docs/'><a href='a.html'>x</a>").base ==
        "https://example.org/docs/");
  CHECK(openkb::convert_html("<base target='_top'><base href=' sub/ '><base href='no/'>x").base == "sub/");
}

TEST_CASE("openkb html: links and images are meant against <base href>, and the rule for images stays") {
  const place at;
  REQUIRE(at.run({"init"}).code == 0);
  const auto page = [](const std::string& base) {
    return "<base href='" + base + "'><p>x <a href='b.html#c'>b</a> <img src='i.png' alt='i'></p>";
  };
  at.write("docs/sub/i.png", png("I"));
  at.write("outside/i.png", png("O"));
  const auto source = [&](const std::string& name, const std::string& base) {
    const auto run = at.add(at.write("docs/" + name + ".html", page(base)));
    CHECK(run.code == 0);
    return content_of(at.kb() / "wiki/sources" / (name + ".md")) + run.err;
  };
  const auto docs = std::filesystem::canonical(at.path() / "docs").native();
  const auto below = source("below", "sub/x.html");
  CHECK(below.find("[b](file://" + docs + "/sub/b.html#c) ![i](images/below/i.png)") != std::string::npos);
  CHECK(content_of(at.kb() / "wiki/sources/images/below/i.png") == png("I"));
  const auto outside = source("outside", "file://" + at.path().native() + "/outside/");
  CHECK(outside.find("[b](file://" + at.path().native() + "/outside/b.html#c) ![i](i.png)") != std::string::npos);
  CHECK(outside.find("warning: image 'i.png'") != std::string::npos);
  const auto away = source("away", "https://example.org/docs/");
  CHECK(away.find("[b](https://example.org/docs/b.html#c) ![i](https://example.org/docs/i.png)") != std::string::npos);

  const http_server server([&](const http_question&) {
    return http_reply{.headers = {"Content-Type: text/html"}, .body = page("/other/")};
  });
  REQUIRE(at.run({"add", server.url("/a/web.html")}).code == 0);
  CHECK(content_of(at.kb() / "wiki/sources/web.md").find("[b](" + server.url("/other/b.html#c") + ")") !=
        std::string::npos);
}

TEST_CASE("openkb html: the title is that of the page, and not that of the site") {
  const auto page = [](const std::string& head, const std::string& body) {
    return title_of("<head>" + head + "</head><body>" + body + paragraph + "</body>");
  };
  CHECK(page("<title>Installing - Foo</title>", "<h1>Installing it on Linux</h1>") == "Installing it on Linux");
  CHECK(page("<title>Installing - Foo</title>", "<h1>Installing</h1>") == "Installing");
  CHECK(page("<title>Installing - Foo</title>", "<h1>Foo</h1>") == "Installing - Foo");
  CHECK(page("<title>Foo: Installing</title>", "<h1>foo</h1>") == "Foo: Installing");
  CHECK(page("<title>Foo – Installing</title>", "<h1>Foo</h1><h2>Installing</h2>") == "Foo – Installing");
  CHECK(page("<title>Installing</title>", "<h1><a href='/'>Foo</a></h1>") == "Installing");
  CHECK(page("<title>Installing</title>", "<header><h1>Foo</h1></header><h1>Installing it</h1>") == "Installing it");
  CHECK(page("<title>Installing</title><meta property='og:site_name' content='Foo'>", "<h1>Foo</h1>") == "Installing");
  CHECK(page("<title>File system | Node.js v20 Documentation</title>",
             "<div id='c'><header><h1>Node.js v20 documentation</h1></header></div><h2>File system</h2>") ==
        "File system | Node.js v20 Documentation");
  CHECK(page("<title>ls(1)</title>", "<h1>NAME</h1><p>ls</p><h1>SYNOPSIS</h1>") == "ls(1)");
  CHECK(page("<title>Policy - Foo</title>", "<h1>Policy</h1><h1>Scope</h1>") == "Policy");
  CHECK(page("<title>pic-16.html</title>", "<h2>16. Control flow</h2>") == "16. Control flow");
  CHECK(page("<title>Untitled</title>", "<h2>Control flow</h2>") == "Control flow");
  CHECK(page("<title>Control flow</title>", "<h2>Name</h2>") == "Control flow");
  CHECK(page("", "<h1>Foo<a class='headerlink' href='#foo'>¶</a></h1>") == "Foo");
}

TEST_CASE("openkb html: lists are numbered as they are shown") {
  CHECK(converted("<ol start=3><li>a</li><li>b</li></ol>") == "3. a\n4. b\n");
  CHECK(converted("<ol start=0><li>a</ol>") == "0. a\n");
  CHECK(converted("<ol start=-3><li>a<li>b</ol>") == "1. a\n2. b\n");
  CHECK(converted("<ol start=x><li>a</ol>") == "1. a\n");
  // A list of Markdown counts up; where another number comes, another list begins.
  CHECK(converted("<ol><li>a<li value=7>b<li>c</ol>") == "1. a\n7) b\n8) c\n");
  CHECK(converted("<ol reversed><li>a<li>b<li>c</ol>") == "3. a\n2) b\n1. c\n");
  CHECK(converted("<ul><li>a<ol start=2><li>b</ol></ul>") == "- a\n\n  2. b\n");
  CHECK(converted("<ul><li>a<ol><li>b</ol></ul>") == "- a\n  1. b\n");
}

TEST_CASE("openkb html: a character that nobody sees makes no tag and no entity of what stands around it") {
  using namespace std::string_literals;
  CHECK(converted("<p>See <\0a href=\"x.html\">it</a>, <i\1mg src=\"x.png\">, &\0copy; and a\0b.</p>"s) ==
        "See &lt; a href=\"x.html\">it, *, & copy; and ab.*\n");
}

TEST_CASE("openkb html: a reference to a character that there is not is U+FFFD, however large its number") {
  for (const auto& number : std::vector<std::string>{"#x110000", "#xD80888888888888888880", "#99999999999999999999",
                                                     "#x1" + std::string(40, '0')}) {
    CAPTURE(number);
    CHECK(converted("<p>a &" + number + "; b</p>") == "a \xEF\xBF\xBD b\n");
  }
  CHECK(converted("<p>&#x000000000041;&#0000000000066;</p>") == "AB\n");
}
