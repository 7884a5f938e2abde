#include "site/page_frame.hpp"

#include "site/safe_html.hpp"
#include "site/search_script.hpp"
#include "site/site_map.hpp"

namespace openkb {

namespace {

// Frames are for others to put this into, and plugins are gone; a `<base>` would lead all links elsewhere.
constexpr std::string_view always_forbidden = "; object-src 'none'; frame-src 'none'; base-uri 'none'";

std::string head(const framed_page& page, std::string_view site, const std::string& scripts) {
  const auto title =
      page.title.empty() || page.title == site ? std::string(site) : page.title + " · " + std::string(site);
  return "<!DOCTYPE html>\n<html>\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta http-equiv=\"Content-Security-Policy\" content=\"script-src " +
         scripts + std::string(always_forbidden) +
         "\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"generator\" content=\"openkb\">\n<title>" +
         html_escaped(title) + "</title>\n<link rel=\"stylesheet\" href=\"" + way(page.place, "style.css") +
         "\">\n</head>\n";
}

// The form needs no script: it leads to the page that has one.
std::string top(const framed_page& page, std::string_view site) {
  const auto index = way(page.place, "index.html");
  return "<body>\n<header>\n<a href=\"" + index + "\">" + html_escaped(site) +
         "</a>\n<form id=\"openkb-form\" action=\"" + index +
         "\" role=\"search\">\n<input id=\"openkb-query\" type=\"search\" name=\"q\" placeholder=\"Search\""
         " aria-label=\"Search\" autocomplete=\"off\">\n</form>\n</header>\n";
}

std::string rest(std::string_view content) { return "<main>\n" + std::string(content) + "</main>\n</body>\n</html>\n"; }

}  // namespace

std::string framed(const framed_page& page, std::string_view site) {
  return head(page, site, "'none'") + top(page, site) + rest(page.content);
}

std::string framed_index(const framed_page& page, std::string_view site) {
  // What the script itself loads (the words) may run too.
  return head(page, site, "'" + search_script_hash() + "' 'strict-dynamic'") + top(page, site) +
         "<section id=\"openkb-results\" aria-live=\"polite\"></section>\n<noscript><p>The search needs"
         " JavaScript.</p></noscript>\n<script>" +
         std::string(search_script()) + "</script>\n" + rest(page.content);
}

std::string_view style_sheet() noexcept {
  return R"css(:root {
  color-scheme: light dark;
  --text: #1f2328; --muted: #59636e; --page: #ffffff; --raised: #f4f6f8; --line: #d5dae0; --link: #0a58b5;
  --mark: #fff0b3;
}
@media (prefers-color-scheme: dark) {
  :root {
    --text: #dfe4ea; --muted: #98a2ad; --page: #14181d; --raised: #1e242b; --line: #343c46; --link: #79b4ff;
    --mark: #5a4a00;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.6 system-ui, sans-serif; }
header {
  position: sticky; top: 0; z-index: 1; display: flex; gap: 1rem; align-items: center; justify-content: space-between;
  padding: .6rem 1.2rem; background: var(--raised); border-bottom: 1px solid var(--line);
}
header a { font-weight: 600; color: var(--text); text-decoration: none; }
form { flex: 0 1 22rem; }
input {
  width: 100%; padding: .35rem .7rem; border: 1px solid var(--line); border-radius: .4rem; font: inherit;
  background: var(--page); color: var(--text);
}
main, section { max-width: 46rem; margin: 0 auto; padding: .5rem 1.2rem 2rem; overflow-wrap: break-word; }
section:empty { display: none; }
section { margin-top: 1rem; padding-bottom: 0; background: var(--raised); border: 1px solid var(--line); border-radius: .5rem; }
section ol { padding-left: 1.2rem; }
section li { margin: .7rem 0; }
section p { margin: 0; color: var(--muted); }
a { color: var(--link); }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.6em 0 .5em; scroll-margin-top: 4rem; }
h1 { font-size: 1.8rem; margin-top: 1rem; }
h2 { font-size: 1.35rem; padding-bottom: .2em; border-bottom: 1px solid var(--line); }
code, pre, kbd, samp { font: .9em/1.5 ui-monospace, monospace; }
code, kbd, samp { padding: .1em .3em; background: var(--raised); border-radius: .25rem; }
pre { padding: .8rem 1rem; overflow-x: auto; background: var(--raised); border-radius: .4rem; }
pre code { padding: 0; background: none; }
blockquote { margin-left: 0; padding-left: 1rem; border-left: .25rem solid var(--line); color: var(--muted); }
table { display: block; overflow-x: auto; border-collapse: collapse; }
th, td { padding: .3rem .7rem; border: 1px solid var(--line); text-align: left; vertical-align: top; }
th { background: var(--raised); }
td.right, th.right { text-align: right; }
td.center, th.center { text-align: center; }
img { max-width: 100%; height: auto; }
mark { background: var(--mark); color: inherit; }
hr { border: 0; border-top: 1px solid var(--line); }
@media print { header, section { display: none; } }
)css";
}

}  // namespace openkb
