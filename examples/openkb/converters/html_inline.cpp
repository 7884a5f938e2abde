#include "converters/html_inline.hpp"

#include "text/ascii.hpp"
#include "text/links.hpp"
#include "text/npos.hpp"
#include "text/plain_text.hpp"

#include <cctype>
#include <string>
#include <string_view>

namespace openkb {

namespace {

constexpr char line_break = '\x01';  // stands for <br> until the paragraph is complete

bool is_blank(char c) noexcept { return c == ' ' || c == '\n' || c == '\t' || c == '\f' || c == '\r'; }

// Whether text behind a `&` is, or could go on as, the rest of an entity.
bool begins_entity(std::string_view rest) noexcept {
  if (rest.starts_with('#')) rest.remove_prefix(1);
  while (!rest.empty() && is_ascii_alphanumeric(rest[0])) rest.remove_prefix(1);
  return rest.empty() || rest[0] == ';';
}

// Text keeps its meaning: no mark in it is one of Markdown's. The last `!` could otherwise meet a link behind it, and
// the last `&` the rest of an entity.
std::string escaped_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool last = i + 1 == text.size();
    const bool inside_word =
        c == '_' && i > 0 && !last && is_ascii_alphanumeric(text[i - 1]) && is_ascii_alphanumeric(text[i + 1]);
    if (c == '<') {
      out += "&lt;";
    } else if (c == '&' && begins_entity(text.substr(i + 1))) {
      out += "&amp;";
    } else if (c != line_break) {
      if ((std::string_view("\\`*_[]").find(c) != npos && !inside_word) || (c == '!' && last)) out += '\\';
      out += c;
    }
  }
  return out;
}

// What stands around the trimmed part of a text stays outside of its marks, or they would not be marks.
std::string wrapped(std::string_view text, std::string_view before, std::string_view after) {
  const auto inner = trimmed(text);
  const auto begin = static_cast<std::size_t>(inner.data() - text.data());
  return std::string(text.substr(0, begin))
      .append(before)
      .append(inner)
      .append(after)
      .append(text.substr(begin + inner.size()));
}

std::string marked(const std::string& text, std::string_view mark) {
  const auto inner = trimmed(text);
  const bool starred = inner.starts_with('*') || inner.ends_with('*');
  const bool clashes = inner.empty() || starred || inner.find(line_break) != npos;
  return clashes ? text : wrapped(text, mark, mark);
}

std::string code(const html_page& page, const GumboNode& node) {
  std::string out;
  for (const char c : page.text_of(node)) {
    if (!is_blank(c))
      out += c;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  const auto text = trimmed(out);
  return text.empty() ? std::string{} : code_span(text);
}

// What a browser would run, which reads it without blanks, controls and case.
bool is_script(std::string_view target) {
  constexpr std::string_view scheme = "javascript:";
  std::string read;
  for (const char c : target) {
    if (static_cast<unsigned char>(c) > ' ') read += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (read.size() == scheme.size()) break;
  }
  return read == scheme;
}

// A page that loads its images when they come into sight has a placeholder where they are.
std::string_view image_source(const GumboNode& node) noexcept {
  const auto source = trimmed(attribute_of(node, "src"));
  if (!source.empty() && !source.starts_with("data:")) return source;
  for (const auto* later : {"data-src", "data-original", "data-lazy-src"}) {
    if (const auto found = trimmed(attribute_of(node, later)); !found.empty()) return found;
  }
  return source;
}

std::string image(const GumboNode& node) {
  const auto source = image_source(node);
  if (source.empty() || is_script(source)) return {};
  return "![" + escaped(attribute_of(node, "alt")) + "](" + safe_target(source) + ")";
}

// A place inside the same page does not survive the conversion, so only the text stays.
std::string anchor(const html_page& page, const GumboNode& node, std::size_t depth) {
  auto text = html_inline_inside(page, node, depth);
  const auto target = trimmed(attribute_of(node, "href"));
  const bool leads = !target.empty() && !page.leads_into_itself(target) && !is_script(target);
  if (trimmed(text).empty() || !leads) return text;
  return wrapped(text, "[", "](" + safe_target(target) + ")");
}

}  // namespace

std::string html_inline_inside(const html_page& page, const GumboNode& node, std::size_t depth) {
  std::string out;
  for (const auto* child : children_of(node)) {
    if (is_html_block(*child)) out += ' ';
    append_inline(out, html_inline(page, *child, depth + 1));
  }
  return out;
}

std::string html_inline(const html_page& page, const GumboNode& node, std::size_t depth) {
  if (page.leaves_out(node)) return {};
  if (is_text(node)) return escaped_text(own_text(node));
  if (!is_element(node)) return {};
  if (depth > deepest_html) return escaped_text(page.text_of(node));
  switch (tag_of(node)) {
    case GUMBO_TAG_BR: return std::string(1, line_break);
    case GUMBO_TAG_IMG: return image(node);
    case GUMBO_TAG_A: return anchor(page, node, depth);
    case GUMBO_TAG_CODE:
    case GUMBO_TAG_TT:
    case GUMBO_TAG_KBD:
    case GUMBO_TAG_SAMP: return code(page, node);
    case GUMBO_TAG_EM:
    case GUMBO_TAG_I: return marked(html_inline_inside(page, node, depth), "*");
    case GUMBO_TAG_STRONG:
    case GUMBO_TAG_B: return marked(html_inline_inside(page, node, depth), "**");
    default: return html_inline_inside(page, node, depth);
  }
}

void append_inline(std::string& text, std::string_view more) {
  if (text.ends_with('`') && more.starts_with('`')) text += ' ';
  text += more;
}

std::string finished_paragraph(std::string_view text, std::string_view break_as) {
  std::string out;
  bool gap = false;
  bool broken = false;
  for (const char c : text) {
    gap = gap || is_blank(c);
    broken = broken || c == line_break;
    if (is_blank(c) || c == line_break) continue;
    if (!out.empty() && broken)
      out += break_as;
    else if (!out.empty() && gap)
      out += ' ';
    gap = broken = false;
    out += c;
  }
  return block_safe(std::move(out));
}

}  // namespace openkb
