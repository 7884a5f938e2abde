#include "converters/html_tree.hpp"

#include <algorithm>
#include <vector>

namespace openkb {

namespace {

constexpr std::size_t deepest_destroyed = 10'000;

// Errors are not looked at, and each would hold a copy of all open tags.
const GumboOptions options = [] {
  auto out = kGumboDefaultOptions;
  out.max_errors = 0;
  return out;
}();

// In document order and without recursion, because what is parsed may be nested without end.
template <class F>
void walk(const GumboNode& from, F visit) {
  std::vector<std::pair<const GumboNode*, std::size_t>> todo{{&from, 0}};
  while (!todo.empty()) {
    const auto [node, depth] = todo.back();
    todo.pop_back();
    if (!visit(*node, depth)) return;
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
    return deepest <= deepest_destroyed;
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

const GumboNode* find_first(const GumboNode& from, GumboTag tag) {
  const GumboNode* found = nullptr;
  walk(from, [&](const GumboNode& node, std::size_t) {
    if (is_element(node) && tag_of(node) == tag) found = &node;
    return found == nullptr;
  });
  return found;
}

std::string all_text(const GumboNode& from) {
  std::string out;
  walk(from, [&](const GumboNode& node, std::size_t) {
    if (tag_of(node) == GUMBO_TAG_BR) out += '\n';
    out += own_text(node);
    return true;
  });
  return out;
}

}  // namespace openkb
