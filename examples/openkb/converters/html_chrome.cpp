#include "converters/html_chrome.hpp"

#include "converters/html_tree.hpp"
#include "terminal/utf8.hpp"
#include "text/npos.hpp"
#include "text/plain_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace openkb {

namespace {

constexpr std::array silent{GUMBO_TAG_NOSCRIPT, GUMBO_TAG_SCRIPT, GUMBO_TAG_STYLE,  GUMBO_TAG_HEAD,
                            GUMBO_TAG_TEMPLATE, GUMBO_TAG_SVG,    GUMBO_TAG_IFRAME, GUMBO_TAG_BUTTON,
                            GUMBO_TAG_INPUT,    GUMBO_TAG_SELECT, GUMBO_TAG_OBJECT, GUMBO_TAG_CANVAS,
                            GUMBO_TAG_TEXTAREA};

// Names of classes and ids without their hyphens and underscores.
constexpr auto sure = std::to_array<std::string_view>(
    {"anchorjslink",  "bottomnav", "breadcrumb",    "breadcrumbs", "catlinks",       "dprintnone",    "headerlink",
     "hiddenprint",   "mainnav",   "mweditsection", "mwjumplink",  "navbar",         "navfooter",     "navheader",
     "navpanel",      "navpath",   "noprint",       "pager",       "pagination",     "printfooter",   "sidenav",
     "sitesub",       "skiplink",  "skiplinks",     "skipnav",     "skipnavigation", "skiptocontent", "skiptomain",
     "sphinxsidebar", "subnav",    "titlearea",     "topnav",      "wynavside",      "wynavtop"});
constexpr auto likely = std::to_array<std::string_view>(
    {"banner",    "editlink",     "editthispage", "footer",      "globalnav",  "header",   "languages",
     "leftmenu",  "leftnav",      "localnav",     "mainmenu",    "masthead",   "mdfooter", "mdheader",
     "mdsidebar", "mdtabs",       "menubar",      "nav",         "navigation", "navlinks", "navmenu",
     "nextprev",  "pagefooter",   "pageheader",   "pagenav",     "postnav",    "prevnext", "quicksearch",
     "related",   "relatedlinks", "rightnav",     "rstversions", "searchbox",  "share",    "sharing",
     "sidebar",   "sidemenu",     "sitefooter",   "siteheader",  "sitenav",    "social",   "sociallinks",
     "tablist",   "tabs",         "toolbar",      "topbar",      "topmenu"});
constexpr auto contents = std::to_array<std::string_view>({"bookmarktoc", "contentslist", "localtoc", "menu", "pagetoc",
                                                           "sectiontoc", "tableofcontents", "toc", "tocwrapper"});
constexpr auto sure_roles = std::to_array<std::string_view>(
    {"alertdialog", "contentinfo", "dialog", "menu", "menubar", "navigation", "search", "tablist", "toolbar"});

constexpr auto strong_words = std::to_array<std::string_view>(
    {"back", "contents", "forward", "home", "index", "next", "prev", "previous", "top", "up"});
constexpr auto weak_words = std::to_array<std::string_view>(
    {"chapter", "first", "last", "of", "page", "parent", "section", "start", "table", "the", "to", "toc"});

template <std::size_t N>
bool is_in(const std::array<std::string_view, N>& known, std::string_view name) noexcept {
  return std::ranges::find(known, name) != known.end();
}

std::string plain_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c != '-' && c != '_') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

bool is_cookie_banner(std::string_view name) {
  if (name == "onetrustbannersdk" || name == "onetrustconsentsdk" || name == "gdpr") return true;
  const auto at = std::min(name.find("cookie"), name.find("gdpr"));
  if (at == npos) return name == "consentbanner";
  constexpr std::array<std::string_view, 12> kinds{"banner",  "bar",   "bot",    "consent", "dialog", "law",
                                                   "message", "modal", "notice", "overlay", "popup",  "warning"};
  return std::ranges::any_of(kinds, [&](auto kind) { return name.find(kind, at) != npos; });
}

chrome_name kind_of_name(const std::string& name) {
  if (is_in(sure, name) || is_cookie_banner(name)) return chrome_name::sure;
  if (is_in(contents, name)) return chrome_name::contents;
  return is_in(likely, name) ? chrome_name::likely : chrome_name::none;
}

// What a page is laid out with. Others have ids to be led to.
bool is_container(const GumboNode& node) noexcept {
  constexpr std::array tags{GUMBO_TAG_DIV,   GUMBO_TAG_SECTION, GUMBO_TAG_ASIDE,   GUMBO_TAG_HEADER, GUMBO_TAG_FOOTER,
                            GUMBO_TAG_TABLE, GUMBO_TAG_UL,      GUMBO_TAG_OL,      GUMBO_TAG_DL,     GUMBO_TAG_FORM,
                            GUMBO_TAG_TD,    GUMBO_TAG_CENTER,  GUMBO_TAG_FIELDSET};
  return std::ranges::find(tags, tag_of(node)) != tags.end();
}

// As Docutils, DocBook and Texinfo call what has a heading and an id made of it.
bool is_section_class(std::string_view name) {
  constexpr std::array<std::string_view, 7> kinds{"appendix",   "chapter",       "part",      "sect",
                                                  "subsection", "subsubsection", "unnumbered"};
  return std::ranges::any_of(kinds, [&](auto kind) { return name.starts_with(kind); });
}

// Each name of a class.
template <class Visit>
void each_name(std::string_view value, Visit visit) {
  constexpr std::string_view blanks = " \t\n\f\r";  // those of HTML
  for (auto begin = value.find_first_not_of(blanks); begin != npos; begin = value.find_first_not_of(blanks)) {
    value.remove_prefix(begin);
    const auto end = std::min(value.find_first_of(blanks), value.size());
    visit(plain_name(value.substr(0, end)));
    value.remove_prefix(end);
  }
}

// The words of a short text in lower case; arrows and other signs are none.
std::string words_of(std::string_view text) {
  std::string out;
  bool gap = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = utf8::decode(text, i);
    i += c.size;
    if (!c.valid || !utf8::is_word(c.code)) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += ' ';
    gap = false;
    utf8::append(out, c.code);
  }
  return utf8::lowered(out);
}

bool has_style(const GumboNode& node, std::initializer_list<std::string_view> wanted) {
  std::string plain;
  for (const char c : attribute_of(node, "style")) {
    if (std::isspace(static_cast<unsigned char>(c)) == 0) {
      plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
  }
  return std::ranges::any_of(wanted, [&](auto style) { return plain.find(style) != std::string::npos; });
}

}  // namespace

bool is_silent(const GumboNode& node) noexcept {
  return is_element(node) && std::ranges::find(silent, tag_of(node)) != silent.end();
}

bool is_hidden(const GumboNode& node) {
  if (!is_element(node)) return false;
  const auto* hidden = gumbo_get_attribute(&node.v.element.attributes, "hidden");
  if (hidden != nullptr && std::string_view(hidden->value) != "until-found") return true;
  if (has_style(node, {"display:none", "visibility:hidden"})) return true;
  const auto* open = gumbo_get_attribute(&node.v.element.attributes, "open");
  if (is_unknown_element(node, "dialog") && open == nullptr) return true;
  return attribute_of(node, "aria-hidden") == "true" && !is_html_block(node);
}

chrome_name chrome_name_of(const GumboNode& node, std::string_view heading) {
  if (tag_of(node) == GUMBO_TAG_NAV) return chrome_name::sure;
  if (heading_level(node) > 0) return chrome_name::none;
  if (is_in(sure_roles, attribute_of(node, "role"))) return chrome_name::sure;
  const bool holds = is_container(node);
  bool section = tag_of(node) == GUMBO_TAG_SECTION;
  auto found = chrome_name::none;
  const auto look = [&](const std::string& name) {
    const auto kind = kind_of_name(name);
    if (kind != chrome_name::sure && !holds) return;
    if (kind == chrome_name::sure || found == chrome_name::none) found = kind;
  };
  each_name(attribute_of(node, "class"), [&](const std::string& name) {
    look(name);
    section = section || is_section_class(name);
  });
  const auto id = plain_name(attribute_of(node, "id"));
  if (holds && !section && plain_name(heading).find(id) == std::string::npos) look(id);
  return found;
}

navigation_words navigation_in(std::string_view text) {
  navigation_words out{.only = true};
  const auto words = words_of(text);
  for (std::string_view rest = words; !rest.empty();) {
    const auto word = rest.substr(0, rest.find(' '));
    if (is_in(strong_words, word))
      ++out.strong;
    else if (!is_in(weak_words, word))
      out.only = false;
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return out;
}

bool is_labelled_navigation(std::string_view text) {
  const auto colon = text.find(':');
  return colon != npos && colon + 1 < text.size() && text[colon + 1] == ' ' &&
         navigation_in(text.substr(0, colon)).any();
}

bool is_skip_link(std::string_view text) {
  const auto words = words_of(text);
  if (words.starts_with("skip to ") || words.starts_with("skip navigation")) return true;
  if (!words.starts_with("jump to ")) return false;
  constexpr std::array<std::string_view, 3> places{"content", "navigation", "search"};
  return std::ranges::any_of(places, [&](auto place) { return words.find(place) != std::string::npos; });
}

bool is_contents_heading(std::string_view text) {
  constexpr std::array<std::string_view, 6> known{"contents",      "in this article",         "on this page",
                                                  "page contents", "short table of contents", "table of contents"};
  return std::ranges::find(known, words_of(text.substr(0, 60))) != known.end();
}

bool is_place_mark(std::string_view text) {
  constexpr std::array<std::string_view, 5> marks{"¶", "#", "§", "🔗", "\xC2\xB6\xEF\xB8\x8E"};
  return std::ranges::find(marks, trimmed(text)) != marks.end();
}

}  // namespace openkb
