#include "converters/html_tree.hpp"
#include "site/markdown_html.hpp"
#include "site/site_map.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace {

using openkb::html_of;
using openkb::scheme_of;
using openkb::site_map;

// Links as they are, but for those that an export drops.
std::string shown(std::string_view markdown) {
  return html_of(markdown,
                 [](std::string_view target, bool image) {
                   site_map nothing;
                   const auto scheme = scheme_of(target);
                   return scheme.empty() ? std::string(target) : nothing.link("wiki/index.md", target, image);
                 })
      .html;
}

// What a browser could run or load of a page, by the parser's account of it.
void look_for_harm(const GumboNode& node, std::string& out) {
  if (openkb::is_element(node)) {
    const std::string name = gumbo_normalized_tagname(openkb::tag_of(node));
    for (const auto* bad : {"script", "style", "iframe", "object", "embed", "svg", "math", "base", "meta", "form",
                            "link", "input", "button", "template", ""}) {
      if (name == bad) out += '<' + name + '>';
    }
    const auto& attributes = node.v.element.attributes;
    for (unsigned i = 0; i < attributes.length; ++i) {
      const auto& a = *static_cast<const GumboAttribute*>(attributes.data[i]);
      const std::string attribute = a.name;
      if (attribute.starts_with("on") || attribute == "style" || attribute == "srcdoc" || attribute == "srcset") {
        out += attribute;
      }
      const auto scheme = scheme_of(a.value);
      if ((attribute == "href" || attribute == "src") && !scheme.empty() && scheme != "https" && scheme != "http" &&
          scheme != "mailto") {
        out += a.value;
      }
    }
  }
  for (const auto* child : openkb::children_of(node)) look_for_harm(*child, out);
}

std::string harm_in(const std::string& html) {
  const openkb::html_tree tree("<!DOCTYPE html><body>" + html);
  std::string out;
  look_for_harm(*openkb::find_first(tree.root(), GUMBO_TAG_BODY), out);
  return out;
}

}  // namespace

TEST_CASE("openkb export: Markdown becomes HTML, with tables, code and what GitHub adds") {
  CHECK(shown("# A *title*\n\nText with `code` & <b>bold</b>.\n") ==
        "<h1 id=\"a-title\">A <em>title</em></h1>\n<p>Text with <code>code</code> &amp; <b>bold</b>.</p>\n");
  CHECK(shown("| a | b |\n|---|--:|\n| 1 | 2 |\n").find("<td class=\"right\">2</td>") != std::string::npos);
  CHECK(shown("```cpp\nvector<int> v;\n```\n") ==
        "<pre><code class=\"language-cpp\">vector&lt;int&gt; v;\n</code></pre>\n");
  CHECK(shown("- [x] done\n- [ ] open\n").find("☑ done") != std::string::npos);
  CHECK(shown("3. c\n4. d\n").starts_with("<ol start=\"3\">"));
  CHECK(shown("## Same\n\n## Same\n").find("id=\"same-1\"") != std::string::npos);
  CHECK(shown("text <!-- openkb -->\n\n<!-- page 3 -->\n").find("<!--") == std::string::npos);
  CHECK(shown("unknown <testcase name='x'>inside</testcase>\n") == "<p>unknown inside</p>\n");
  CHECK(html_of("Text.\n\n## First *heading*\n", [](auto, bool) { return std::string{}; }).title == "First heading");
}

TEST_CASE("openkb export: what a document says runs nothing, however it is written") {
  for (const auto* text : {"<script>alert(1)</script>",
                           "<img src=x onerror=alert(1)>",
                           "<svg onload=alert(1)><circle/></svg>",
                           "[x](javascript:alert(1))",
                           "[x](JaVaScRiPt:alert(1))",
                           "[x](java&#10;script:alert(1))",
                           "[x](javascript&colon;alert(1))",
                           "[x](&#1;javascript:alert(1))",
                           "<javascript:alert(1)>",
                           "[x](data:text/html,<script>alert(1)</script>)",
                           "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
                           "[x](vbscript:msgbox(1))",
                           "[x][r]\n\n[r]: javascript:alert(1)",
                           "<a href=\" java\tscript:alert(1)\">x</a>",
                           "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
                           "<math><mtext></mtext><mglyph><style><img src=x onerror=alert(1)></style></mglyph></math>",
                           "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\"></noscript>",
                           "<svg><style><img src=x onerror=alert(1)></style></svg>",
                           "<style>*{background:url(x)}</style>",
                           "<p style=\"background:url(javascript:alert(1))\">x</p>",
                           "<base href=\"https://evil/\">",
                           "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
                           "<form action=javascript:alert(1)><button>x",
                           "<input autofocus onfocus=alert(1)>",
                           "<details open ontoggle=alert(1)>x</details>",
                           "<template><script>alert(1)</script></template>",
                           "<textarea><script>alert(1)</script></textarea>",
                           "<title><img src=x onerror=alert(1)></title>",
                           "<xmp><img src=x onerror=alert(1)></xmp>",
                           "<plaintext><img src=x onerror=alert(1)>",
                           "<object data=javascript:alert(1)></object>",
                           "`<script>alert(1)</script>`",
                           "    <script>alert(1)</script>",
                           "<<script>script>alert(1)</script>",
                           "<a href=x id=\"y\" onclick=alert(1)//>x</a>",
                           "![x\" onerror=\"alert(1)](y.png)",
                           "[x](y.md 'a\" onclick=\"alert(1)')",
                           "<a\nhref='javascript:alert(1)'>x</a>",
                           "<img src=\"x.png\" alt=\"&quot; onerror=&quot;alert(1)\">",
                           "<table background=javascript:alert(1)><td>x"}) {
    CAPTURE(text);
    const auto html = shown(text);
    CAPTURE(html);
    CHECK(harm_in(html) == "");
  }
  // The test would see it.
  CHECK(harm_in("<img src=x onerror=alert(1)>") != "");
  CHECK(harm_in("<a href='java\nscript:x'>x</a>") != "");
}

TEST_CASE("openkb export: HTML that nests without end, or begins and never ends, takes no longer than it should") {
  std::string deep;
  for (int i = 0; i < 20'000; ++i) deep += "<div><b>";
  CHECK(shown(deep + "bottom").find("bottom") != std::string::npos);
  std::string open;
  for (int i = 0; i < 20'000; ++i) open += "<!-- [a](";
  CHECK_NOTHROW((void)shown(open));
}

TEST_CASE("openkb export: links lead to what is in the site, or are none") {
  site_map map;
  for (const auto* file : {"wiki/index.md", "wiki/sources/a.md", "wiki/summaries/a.md", "wiki/sources/images/a/x y.png",
                           "raw/a.pdf", "raw/b.html", ".openkb/files/documents/p1/images/1.png"}) {
    CHECK(map.put(file));
  }
  for (const auto* file : {".openkb/config.json", "wiki/secret.txt", ".openkb/registry.db", ".openkb/files/x.pdf"}) {
    CHECK_FALSE(map.put(file));
  }
  const auto link = [&](const char* target, bool image = false) {
    return map.link("wiki/sources/a.md", target, image);
  };
  CHECK(link("../summaries/a.md") == "../summaries/a.html");
  CHECK(link("../summaries/a.md#top") == "../summaries/a.html#top");
  CHECK(link("../index.md") == "../index.html");
  CHECK(link("images/a/x%20y.png", true) == "images/a/x%20y.png");
  CHECK(link("../../raw/a.pdf") == "../originals/a.pdf");
  CHECK(link("../../raw/b.html") == "../originals/b.html.txt");
  CHECK(link("../../.openkb/files/documents/p1/images/1.png", true) == "../pages/documents/p1/images/1.png");
  CHECK(link("#part") == "#part");
  CHECK(link("https://example.org/?a=b#c") == "https://example.org/?a=b#c");
  CHECK(link("//example.org/") == "https://example.org/");
  CHECK(link("mailto:a@b") == "mailto:a@b");
  for (const auto* nowhere : {"missing.md", "../../.openkb/registry.db", "../../../outside.md", "/etc/passwd",
                              "file:///etc/passwd", "javascript:x", "data:text/html,x"}) {
    CAPTURE(nowhere);
    CHECK(link(nowhere) == "");
    CHECK(link(nowhere, true) == "");
  }
  CHECK(map.link("wiki/index.md", "summaries/a.md", false) == "summaries/a.html");
}
