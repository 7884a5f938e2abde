#include "converters/html_tree.hpp"

#include "terminal/utf8.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace openkb {

namespace {

constexpr std::size_t deepest_destroyed = 10'000;

constexpr std::array blocks{GUMBO_TAG_HTML,       GUMBO_TAG_BODY,     GUMBO_TAG_P,      GUMBO_TAG_DIV,
                            GUMBO_TAG_SECTION,    GUMBO_TAG_ARTICLE,  GUMBO_TAG_MAIN,   GUMBO_TAG_HEADER,
                            GUMBO_TAG_FOOTER,     GUMBO_TAG_ASIDE,    GUMBO_TAG_FIGURE, GUMBO_TAG_DETAILS,
                            GUMBO_TAG_FIGCAPTION, GUMBO_TAG_SUMMARY,  GUMBO_TAG_FORM,   GUMBO_TAG_ADDRESS,
                            GUMBO_TAG_CENTER,     GUMBO_TAG_FIELDSET, GUMBO_TAG_DL,     GUMBO_TAG_DT,
                            GUMBO_TAG_DD,         GUMBO_TAG_HGROUP,   GUMBO_TAG_LI,     GUMBO_TAG_TD,
                            GUMBO_TAG_TH,         GUMBO_TAG_TR,       GUMBO_TAG_TBODY,  GUMBO_TAG_THEAD,
                            GUMBO_TAG_TFOOT,      GUMBO_TAG_CAPTION,  GUMBO_TAG_UL,     GUMBO_TAG_OL,
                            GUMBO_TAG_BLOCKQUOTE, GUMBO_TAG_PRE,      GUMBO_TAG_TABLE,  GUMBO_TAG_HR};

// Errors are not looked at, and each would hold a copy of all open tags.
const GumboOptions options = [] {
  auto out = kGumboDefaultOptions;
  out.max_errors = 0;
  return out;
}();

enum class step { on, past, stop };

// In document order and without recursion, because what is parsed may be nested without end.
template <class F>
void walk(const GumboNode& from, F visit) {
  std::vector<std::pair<const GumboNode*, std::size_t>> todo{{&from, 0}};
  while (!todo.empty()) {
    const auto [node, depth] = todo.back();
    todo.pop_back();
    const auto next = visit(*node, depth);
    if (next == step::stop) return;
    if (next == step::past) continue;
    const auto children = children_of(*node);
    for (auto c = children.rbegin(); c != children.rend(); ++c) todo.emplace_back(*c, depth + 1);
  }
}

}  // namespace

html_tree::html_tree(std::string_view source) {
  output_.reset(gumbo_parse_with_options(&options, source.data(), source.size()));
  if (!output_) throw std::bad_alloc();
}

// Gumbo frees a tree by recursion. One so deep that the stack would not last is left to the end of the process.
void html_tree::destroy::operator()(GumboOutput* output) const noexcept {
  std::size_t deepest = 0;
  walk(*output->root, [&](const GumboNode&, std::size_t depth) {
    deepest = std::max(deepest, depth);
    return deepest <= deepest_destroyed ? step::on : step::stop;
  });
  if (deepest <= deepest_destroyed) gumbo_destroy_output(&options, output);
}

bool is_element(const GumboNode& node) noexcept {
  return node.type == GUMBO_NODE_ELEMENT || node.type == GUMBO_NODE_TEMPLATE;
}

bool is_text(const GumboNode& node) noexcept {
  return node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_WHITESPACE || node.type == GUMBO_NODE_CDATA;
}

GumboTag tag_of(const GumboNode& node) noexcept { return is_element(node) ? node.v.element.tag : GUMBO_TAG_UNKNOWN; }

bool is_unknown_element(const GumboNode& node, std::string_view name) {
  if (tag_of(node) != GUMBO_TAG_UNKNOWN || !is_element(node)) return false;
  auto tag = node.v.element.original_tag;
  gumbo_tag_from_original_text(&tag);
  return utf8::lowered({tag.data, tag.length}) == name;
}

std::string_view own_text(const GumboNode& node) noexcept {
  return is_text(node) ? std::string_view(node.v.text.text) : std::string_view{};
}

std::span<GumboNode* const> children_of(const GumboNode& node) noexcept {
  if (!is_element(node)) return {};
  const auto& children = node.v.element.children;
  return {reinterpret_cast<GumboNode* const*>(children.data), children.length};
}

std::string_view attribute_of(const GumboNode& node, const char* name) noexcept {
  if (!is_element(node)) return {};
  const auto* attribute = gumbo_get_attribute(&node.v.element.attributes, name);
  return attribute == nullptr ? std::string_view{} : std::string_view(attribute->value);
}

bool is_html_block(const GumboNode& node) noexcept {
  if (!is_element(node)) return false;
  return heading_level(node) > 0 || std::ranges::find(blocks, tag_of(node)) != blocks.end();
}

int heading_level(const GumboNode& node) noexcept {
  const auto tag = tag_of(node);
  return is_element(node) && tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6 ? static_cast<int>(tag - GUMBO_TAG_H1) + 1 : 0;
}

const GumboNode* find_first(const GumboNode& from, GumboTag tag) {
  const GumboNode* found = nullptr;
  walk(from, [&](const GumboNode& node, std::size_t) {
    if (is_element(node) && tag_of(node) == tag) found = &node;
    return found == nullptr ? step::on : step::stop;
  });
  return found;
}

std::string all_text(const GumboNode& from, const std::function<bool(const GumboNode&)>& left_out, std::size_t most) {
  std::string out;
  std::size_t nodes = 0;
  walk(from, [&](const GumboNode& node, std::size_t) {
    if (++nodes > most || out.size() > most) return step::stop;
    if (left_out && left_out(node)) return step::past;
    if (tag_of(node) == GUMBO_TAG_BR) out += '\n';
    out += own_text(node);
    return step::on;
  });
  if (out.size() > most) out.resize(utf8::shortened(out, most).size());
  return out;
}

}  // namespace openkb
