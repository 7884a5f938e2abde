#include "converters/convert_html.hpp"

#include "converters/html_depth.hpp"
#include "converters/html_inline.hpp"
#include "converters/html_table.hpp"
#include "converters/html_tree.hpp"
#include "text/plain_text.hpp"
#include "text/text_lines.hpp"

#include <algorithm>
#include <string>

namespace openkb {

namespace {

constexpr std::size_t none = std::string_view::npos;

// Whether blocks stand anywhere below an element that is itself inline.
bool has_blocks(const GumboNode& node, std::size_t depth = 0) noexcept {
  if (depth > deepest_html) return false;
  return std::ranges::any_of(children_of(node),
                             [&](const GumboNode* c) { return is_html_block(*c) || has_blocks(*c, depth + 1); });
}

bool is_list(const GumboNode& node) noexcept { return tag_of(node) == GUMBO_TAG_UL || tag_of(node) == GUMBO_TAG_OL; }

std::string indented(std::string_view text, std::string_view first, std::string_view rest) {
  std::string out;
  for (const auto line : lines_of(text)) {
    out += right_trimmed(std::string(out.empty() ? first : rest).append(line));
    out += '\n';
  }
  return out;
}

std::string language_of(const GumboNode& pre) {
  const auto* code = find_first(pre, GUMBO_TAG_CODE);
  const auto names = code == nullptr ? std::string_view{} : attribute_of(*code, "class");
  const auto at = names.find("language-");
  if (at == none) return {};
  const auto name = names.substr(at + 9);
  return std::string(name.substr(0, name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789+-")));
}

// The fence is longer than any run of backticks in it.
std::string preformatted(const GumboNode& node) {
  auto text = all_text(node);
  while (text.ends_with('\n')) text.pop_back();
  if (trimmed(text).empty()) return {};
  std::size_t run = 0;
  std::size_t longest = 2;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + language_of(node) + '\n' + text + '\n' + fence;
}

std::string heading(const GumboNode& node, std::size_t depth) {
  const auto text = finished_paragraph(html_inline_inside(node, depth), " ");
  return text.empty() ? text : std::string(static_cast<std::size_t>(heading_level(node)), '#') + ' ' + text;
}

// Blocks of one element, with a blank line between them.
class block_writer {
 public:
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
      if (is_left_out(*child)) continue;
      if (is_html_block(*child)) {
        flush();
        add(block(*child, depth + 1), in_item && is_list(*child));
      } else if (depth < deepest_html && has_blocks(*child)) {  // an inline element around blocks is looked through
        flush();
        gather(*child, depth + 1);
      } else {
        paragraph_ += html_inline(*child, depth + 1);
      }
    }
  }

  static std::string block(const GumboNode& node, std::size_t depth) {
    if (depth > deepest_html) return finished_paragraph(html_inline(node, depth), " ");
    if (heading_level(node) > 0) return heading(node, depth);
    switch (tag_of(node)) {
      case GUMBO_TAG_UL:
      case GUMBO_TAG_OL: return list(node, depth);
      case GUMBO_TAG_BLOCKQUOTE: return indented(block_writer().run(node, depth), "> ", "> ");
      case GUMBO_TAG_PRE: return preformatted(node);
      case GUMBO_TAG_HR: return "---";
      case GUMBO_TAG_TABLE: {
        auto table = html_table(node, depth);
        return table.empty() ? block_writer().run(node, depth) : table;
      }
      default: return block_writer().run(node, depth);
    }
  }

  static std::string list(const GumboNode& node, std::size_t depth) {
    std::string out;
    std::size_t number = 0;
    for (const auto* child : children_of(node)) {
      if (!is_element(*child)) continue;
      const bool item = tag_of(*child) == GUMBO_TAG_LI;
      const auto content = item ? block_writer().run(*child, depth + 1) : block(*child, depth + 1);
      if (trimmed(content).empty()) continue;
      const auto mark = tag_of(node) == GUMBO_TAG_OL ? std::to_string(++number) + ". " : std::string("- ");
      out += indented(content, mark, std::string(mark.size(), ' '));
    }
    return out;
  }

  std::string out_;
  std::string paragraph_;
};

}  // namespace

converted convert_html(std::string_view source) {
  const auto text = with_bounded_depth(with_plain_newlines(source));
  const html_tree tree(text);
  const auto* title = find_first(tree.root(), GUMBO_TAG_TITLE);
  return {block_writer().run(tree.root(), 0),
          title == nullptr ? std::string{} : finished_paragraph(all_text(*title), " ")};
}

}  // namespace openkb
