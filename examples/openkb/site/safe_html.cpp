#include "site/safe_html.hpp"

#include "converters/html_depth.hpp"
#include "converters/html_tree.hpp"
#include "terminal/utf8.hpp"
#include "text/plain_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>

namespace openkb {

namespace {

constexpr std::array shown{
    GUMBO_TAG_P,     GUMBO_TAG_BR,      GUMBO_TAG_HR,        GUMBO_TAG_UL,         GUMBO_TAG_OL,      GUMBO_TAG_LI,
    GUMBO_TAG_DL,    GUMBO_TAG_DT,      GUMBO_TAG_DD,        GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_PRE,     GUMBO_TAG_CODE,
    GUMBO_TAG_EM,    GUMBO_TAG_STRONG,  GUMBO_TAG_B,         GUMBO_TAG_I,          GUMBO_TAG_U,       GUMBO_TAG_S,
    GUMBO_TAG_DEL,   GUMBO_TAG_INS,     GUMBO_TAG_SUB,       GUMBO_TAG_SUP,        GUMBO_TAG_KBD,     GUMBO_TAG_SAMP,
    GUMBO_TAG_VAR,   GUMBO_TAG_SMALL,   GUMBO_TAG_MARK,      GUMBO_TAG_Q,          GUMBO_TAG_CITE,    GUMBO_TAG_ABBR,
    GUMBO_TAG_DFN,   GUMBO_TAG_SPAN,    GUMBO_TAG_DIV,       GUMBO_TAG_TABLE,      GUMBO_TAG_CAPTION, GUMBO_TAG_THEAD,
    GUMBO_TAG_TBODY, GUMBO_TAG_TFOOT,   GUMBO_TAG_TR,        GUMBO_TAG_TH,         GUMBO_TAG_TD,      GUMBO_TAG_A,
    GUMBO_TAG_IMG,   GUMBO_TAG_DETAILS, GUMBO_TAG_SUMMARY,   GUMBO_TAG_FIGURE,     GUMBO_TAG_RUBY,    GUMBO_TAG_RT,
    GUMBO_TAG_RP,    GUMBO_TAG_WBR,     GUMBO_TAG_H1,        GUMBO_TAG_H2,         GUMBO_TAG_H3,      GUMBO_TAG_H4,
    GUMBO_TAG_H5,    GUMBO_TAG_H6,      GUMBO_TAG_FIGCAPTION};

// With all that is in them. What is not HTML (SVG, MathML) goes as well.
constexpr std::array dropped{GUMBO_TAG_SCRIPT,   GUMBO_TAG_STYLE,    GUMBO_TAG_TITLE,    GUMBO_TAG_TEMPLATE,
                             GUMBO_TAG_NOSCRIPT, GUMBO_TAG_IFRAME,   GUMBO_TAG_OBJECT,   GUMBO_TAG_EMBED,
                             GUMBO_TAG_APPLET,   GUMBO_TAG_TEXTAREA, GUMBO_TAG_SELECT,   GUMBO_TAG_XMP,
                             GUMBO_TAG_NOEMBED,  GUMBO_TAG_AUDIO,    GUMBO_TAG_NOFRAMES, GUMBO_TAG_PLAINTEXT,
                             GUMBO_TAG_VIDEO,    GUMBO_TAG_CANVAS,   GUMBO_TAG_FRAMESET, GUMBO_TAG_BUTTON};

constexpr std::array headings{GUMBO_TAG_H1, GUMBO_TAG_H2, GUMBO_TAG_H3, GUMBO_TAG_H4, GUMBO_TAG_H5, GUMBO_TAG_H6};
constexpr std::array without_end{GUMBO_TAG_BR, GUMBO_TAG_HR, GUMBO_TAG_IMG, GUMBO_TAG_WBR};
constexpr std::array cells{GUMBO_TAG_TD, GUMBO_TAG_TH};

constexpr std::size_t longest_number = 5;

bool is_one_of(GumboTag tag, const auto& tags) { return std::ranges::find(tags, tag) != tags.end(); }

bool is_number(std::string_view text) {
  return !text.empty() && text.size() <= longest_number &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// As md4c names the language of code.
bool is_language(std::string_view text) {
  return text.starts_with("language-") && std::ranges::all_of(text, [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '+' || c == '#' || c == '_';
         });
}

// The words of a heading, as links into a page name them: what GitHub does.
std::string anchor_of(std::string_view heading) {
  std::string out;
  const auto small = utf8::lowered(trimmed(heading));
  for (std::size_t i = 0; i < small.size();) {
    const auto c = utf8::decode(small, i);
    if (c.code == ' ' || c.code == '\n' || c.code == '-') {
      out += '-';
    } else if (c.code == '_' || (c.valid && utf8::is_word(c.code))) {
      utf8::append(out, c.code);
    }
    i += c.size;
  }
  return out;
}

class writing {
 public:
  explicit writing(const link_map& links) : links_(links) {}

  safe_html run(const GumboNode& body) {
    children(body);
    return std::move(out_);
  }

 private:
  // No deeper than a browser nests, which `with_bounded_depth` saw to.
  void children(const GumboNode& of) {
    for (const auto* child : children_of(of)) node(*child);
  }

  void node(const GumboNode& n) {
    if (is_text(n)) {
      out_.html += html_escaped(own_text(n));
      return;
    }
    const auto tag = tag_of(n);
    if (!is_element(n) || n.v.element.tag_namespace != GUMBO_NAMESPACE_HTML || is_one_of(tag, dropped)) return;
    if (tag == GUMBO_TAG_INPUT) {
      checkbox(n);
    } else if (is_one_of(tag, shown)) {
      element(n, tag);
    } else {
      children(n);
    }
  }

  // That of a list of tasks.
  void checkbox(const GumboNode& n) {
    if (attribute_of(n, "type") != "checkbox") return;
    out_.html += gumbo_get_attribute(&n.v.element.attributes, "checked") == nullptr ? "☐ " : "☑ ";
  }

  void element(const GumboNode& n, GumboTag tag) {
    const std::string name = gumbo_normalized_tagname(tag);
    std::string attributes;
    if (tag == GUMBO_TAG_A) {
      attributes = mapped(n, "href", false);
    } else if (tag == GUMBO_TAG_IMG) {
      attributes = mapped(n, "src", true);
      if (attributes.empty()) {
        out_.html += html_escaped(attribute_of(n, "alt"));
        return;
      }
      attributes += with_value("alt", attribute_of(n, "alt")) + number(n, "width") + number(n, "height");
    } else if (is_one_of(tag, cells)) {
      attributes = number(n, "colspan") + number(n, "rowspan");
      const auto align = attribute_of(n, "align");
      if (align == "left" || align == "right" || align == "center") attributes += with_value("class", align);
    } else if (tag == GUMBO_TAG_OL) {
      attributes = number(n, "start");
    } else if (tag == GUMBO_TAG_CODE && is_language(attribute_of(n, "class"))) {
      attributes = with_value("class", attribute_of(n, "class"));
    }
    out_.html += '<' + name + id_of(n, tag) + attributes + '>';
    if (is_one_of(tag, without_end)) return;
    children(n);
    out_.html += "</" + name + '>';
  }

  static std::string with_value(const std::string& name, std::string_view value) {
    return ' ' + name + "=\"" + html_escaped(value) + '"';
  }

  static std::string number(const GumboNode& n, const char* name) {
    const auto value = attribute_of(n, name);
    return is_number(value) ? with_value(name, value) : std::string{};
  }

  std::string mapped(const GumboNode& n, const char* name, bool image) {
    const auto target = attribute_of(n, name);
    const auto place = target.empty() ? std::string{} : links_(target, image);
    return place.empty() ? std::string{} : with_value(name, place);
  }

  // Each once, however often a heading's words come again.
  std::string id_of(const GumboNode& n, GumboTag tag) {
    auto id = std::string(attribute_of(n, "id"));
    if (id.empty() && tag == GUMBO_TAG_A) id = attribute_of(n, "name");
    if (is_one_of(tag, headings)) {
      const auto text = all_text(n);
      if (out_.title.empty()) out_.title = trimmed(text);
      if (id.empty()) id = anchor_of(text);
    }
    if (id.empty()) return {};
    const auto times = ids_[id]++;
    return with_value("id", times == 0 ? id : id + '-' + std::to_string(times));
  }

  const link_map& links_;
  safe_html out_;
  std::map<std::string, std::size_t> ids_;
};

}  // namespace

safe_html made_safe(std::string_view html, const link_map& links) {
  const html_tree tree("<!DOCTYPE html><body>" + with_bounded_depth(html));
  const auto* body = find_first(tree.root(), GUMBO_TAG_BODY);
  return body == nullptr ? safe_html{} : writing(links).run(*body);
}

std::string html_escaped(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += c;
    }
  }
  return out;
}

// \source WHATWG URL Standard, "basic URL parser": controls and spaces around it, tabs and newlines in it do not count.
std::string scheme_of(std::string_view target) {
  std::string out;
  for (const char c : target) {
    if (static_cast<unsigned char>(c) <= ' ') continue;
    if (c == ':') return out;
    const bool could_be = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
    if (!could_be) return {};
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return {};
}

}  // namespace openkb
