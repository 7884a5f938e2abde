#include "converters/convert_html.hpp"

#include "converters/html_depth.hpp"
#include "converters/html_inline.hpp"
#include "converters/html_page.hpp"
#include "converters/html_table.hpp"
#include "terminal/utf8.hpp"
#include "text/npos.hpp"
#include "text/plain_text.hpp"
#include "text/text_lines.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <system_error>

namespace openkb {

namespace {

constexpr std::string_view rule = "---";

// Whether blocks stand anywhere below an element that is itself inline.
bool has_blocks(const GumboNode& node, std::size_t depth = 0) noexcept {
  if (depth > deepest_html) return false;
  return std::ranges::any_of(children_of(node),
                             [&](const GumboNode* c) { return is_html_block(*c) || has_blocks(*c, depth + 1); });
}

std::string indented(std::string_view text, std::string_view first, std::string_view rest) {
  std::string out;
  for (const auto line : lines_of(text)) {
    out += right_trimmed(std::string(out.empty() ? first : rest).append(line));
    out += '\n';
  }
  return out;
}

std::string language_of(const GumboNode& node) {
  const auto* code = find_first(node, GUMBO_TAG_CODE);
  const auto names = code == nullptr ? std::string_view{} : attribute_of(*code, "class");
  const auto at = names.find("language-");
  if (at == npos) return {};
  const auto name = names.substr(at + 9);
  return std::string(name.substr(0, name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-")));
}

// The fence is longer than any run of backticks in it.
std::string fenced(std::string_view code, std::string_view language) {
  const auto text = code.substr(0, code.find_last_not_of(" \t\n") + 1);
  if (trimmed(text).empty()) return {};
  std::size_t run = 0;
  std::size_t longest = 2;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return std::string(fence).append(language).append("\n").append(text).append("\n").append(fence);
}

// One in several languages has an element of code for each.
std::string preformatted(const html_page& page, const GumboNode& node) {
  const auto is_code = [](const GumboNode* child) { return tag_of(*child) == GUMBO_TAG_CODE; };
  const auto children = children_of(node);
  // In code by lines, blanks are between them.
  const bool beside = std::ranges::any_of(
      children, [&](const GumboNode* child) { return !is_code(child) && !page.text_of(*child).empty(); });
  if (std::ranges::count_if(children, is_code) < 2 || beside) return fenced(page.text_of(node), language_of(node));
  std::string out;
  for (const auto* child : children) {
    if (!is_code(child)) continue;
    const auto one = fenced(page.text_of(*child), language_of(*child));
    out += (out.empty() || one.empty() ? "" : "\n\n") + one;
  }
  return out;
}

std::string heading(const html_page& page, const GumboNode& node, std::size_t depth) {
  const auto text = finished_paragraph(html_inline_inside(page, node, depth), " ");
  return text.empty() ? text : std::string(static_cast<std::size_t>(heading_level(node)), '#') + ' ' + text;
}

// Where an item counts on from the one before it; nothing for what Markdown cannot count.
std::optional<std::size_t> number_in(const GumboNode& node, const char* attribute) {
  constexpr std::size_t longest = 9;
  const auto text = trimmed(attribute_of(node, attribute));
  std::size_t number = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = wrong == std::errc{} && end == text.data() + text.size();
  return all && text.size() <= longest ? std::optional(number) : std::nullopt;
}

// The marks of an ordered list's items. A list of Markdown counts up by one: where another number is shown, the other
// kind of mark begins another list.
class item_marks {
 public:
  explicit item_marks(const GumboNode& list) : reversed_(gumbo_get_attribute(&list.v.element.attributes, "reversed")) {
    std::size_t items = 0;
    for (const auto* child : children_of(list)) items += tag_of(*child) == GUMBO_TAG_LI ? 1U : 0U;
    number_ = number_in(list, "start").value_or(reversed_ ? items : 1);
  }

  [[nodiscard]] bool begins_with_one() const noexcept { return number_ == 1; }

  std::string next(const GumboNode& item) {
    number_ = number_in(item, "value").value_or(number_);
    if (last_ && *last_ + 1 != number_) mark_ = mark_ == '.' ? ')' : '.';
    last_ = number_;
    auto out = std::to_string(number_) + mark_ + ' ';
    reversed_ ? number_ -= number_ > 0 ? 1U : 0U : ++number_;
    return out;
  }

 private:
  bool reversed_;
  std::size_t number_ = 1;
  std::optional<std::size_t> last_;
  char mark_ = '.';
};

// Blocks of one element, with a blank line between them.
class block_writer {
 public:
  explicit block_writer(const html_page& page) : page_(page) {}

  std::string run(const GumboNode& node, std::size_t depth) {
    gather(node, depth);
    flush();
    return std::move(out_);
  }

 private:
  void add(std::string_view block, bool tight = false) {
    if (block.empty()) return;
    if (!out_.empty() && !tight) out_ += '\n';
    out_ += block;
    if (!block.ends_with('\n')) out_ += '\n';
  }

  void flush() {
    add(finished_paragraph(paragraph_, "\\\n"));
    paragraph_.clear();
  }

  void gather(const GumboNode& node, std::size_t depth) {
    const bool in_item = tag_of(node) == GUMBO_TAG_LI;
    for (const auto* child : children_of(node)) {
      if (page_.leaves_out(*child)) continue;
      if (is_html_block(*child)) {
        flush();
        add(block(*child, depth + 1), in_item && can_follow_text(*child));
      } else if (depth < deepest_html && has_blocks(*child)) {  // an inline element around blocks is looked through
        flush();
        gather(*child, depth + 1);
      } else {
        append_inline(paragraph_, html_inline(page_, *child, depth + 1));
      }
    }
  }

  // Whether Markdown takes it for a list without a blank line before it.
  static bool can_follow_text(const GumboNode& node) {
    return tag_of(node) == GUMBO_TAG_UL || (tag_of(node) == GUMBO_TAG_OL && item_marks(node).begins_with_one());
  }

  [[nodiscard]] std::string inside(const GumboNode& node, std::size_t depth) const {
    return block_writer(page_).run(node, depth);
  }

  [[nodiscard]] std::string block(const GumboNode& node, std::size_t depth) const {
    if (depth > deepest_html) return finished_paragraph(html_inline(page_, node, depth), " ");
    if (heading_level(node) > 0) return heading(page_, node, depth);
    switch (tag_of(node)) {
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL: return list(node, depth);
      case GUMBO_TAG_BLOCKQUOTE: return indented(inside(node, depth), "> ", "> ");
      case GUMBO_TAG_PRE: return preformatted(page_, node);
      case GUMBO_TAG_HR: return std::string(rule);
      case GUMBO_TAG_TABLE: {
        auto table = html_table(page_, node, depth);
        return table.empty() ? inside(node, depth) : table;
      }
      default: return inside(node, depth);
    }
  }

  [[nodiscard]] std::string list(const GumboNode& node, std::size_t depth) const {
    std::string out;
    item_marks marks(node);
    for (const auto* child : children_of(node)) {
      if (!is_element(*child) || page_.leaves_out(*child)) continue;
      const bool item = tag_of(*child) == GUMBO_TAG_LI;
      const auto content = item ? inside(*child, depth + 1) : block(*child, depth + 1);
      if (trimmed(content).empty()) continue;
      const auto mark = tag_of(node) == GUMBO_TAG_OL ? marks.next(*child) : std::string("- ");
      out += indented(content, mark, std::string(mark.size(), ' '));
    }
    return out;
  }

  const html_page& page_;
  std::string out_;
  std::string paragraph_;
};

// Rules between what was left out separate nothing.
std::string without_idle_rules(std::string_view markdown) {
  const auto line = std::string(rule) + '\n';
  const auto twice = line + '\n' + line;
  std::string out;
  while (markdown.starts_with(line)) markdown = markdown.substr(std::min(line.size() + 1, markdown.size()));
  if (markdown == rule) return out;
  for (;;) {
    const auto at = markdown.find('\n' + twice);
    if (at == npos) break;
    out += markdown.substr(0, at + 1);
    markdown.remove_prefix(at + 1 + line.size() + 1);
  }
  out += markdown;
  while (out.ends_with("\n\n" + line)) out.resize(out.size() - line.size() - 1);
  return out;
}

// Characters that nobody sees, and of which Gumbo would make U+FFFD: controls, and what Unicode keeps for no character.
bool is_no_text(char32_t c) noexcept {
  const bool control = (c < 0x20 && c != '\t' && c != '\n' && c != '\f') || (c >= 0x7F && c <= 0x9F);
  return control || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFEU) == 0xFFFEU;
}

// Whether a tag or an entity may have begun at the end of a text, of which more letters would make another one. No name
// of one is longer.
bool ends_in_name(std::string_view text) noexcept {
  constexpr std::size_t longest = 32;
  const auto end = text.substr(text.size() - std::min(text.size(), longest));
  const auto before = end.find_last_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/!?#-");
  return before != npos && (end[before] == '<' || end[before] == '&');
}

// How long a numeric reference at the beginning of a text is whose number is larger than any character's, and than what
// Gumbo counts to; 0: there is none.
std::size_t length_of_huge_reference(std::string_view text) noexcept {
  if (!text.starts_with("&#")) return 0;
  const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
  const std::size_t begin = hex ? 3 : 2;
  const auto* digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
  const auto end = std::min(text.find_first_not_of(digits, begin), text.size());
  const auto first = std::min(text.find_first_not_of('0', begin), end);
  if (end - first <= 7) return 0;
  return end < text.size() && text[end] == ';' ? end + 1 : end;
}

std::string only_text(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t at = 0; at < source.size();) {
    if (const auto length = length_of_huge_reference(source.substr(at)); length > 0) {
      out += "\xEF\xBF\xBD";
      at += length;
      continue;
    }
    const auto c = utf8::decode(source, at);
    if (!is_no_text(c.code)) {
      out += source.substr(at, c.size);
    } else if (ends_in_name(out)) {
      out += ' ';
    }
    at += c.size;
  }
  return out;
}

}  // namespace

converted convert_html(std::string_view source, std::string_view own_name) {
  const auto text = with_bounded_depth(only_text(with_plain_newlines(source)));
  const html_page page(text, own_name);
  auto markdown = block_writer(page).run(page.content(), 0);
  return {without_idle_rules(markdown), page.title(), page.base()};
}

}  // namespace openkb
