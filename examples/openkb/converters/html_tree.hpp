#pragma once

/// \file
/// Gumbo's tree with the few questions that a converter asks.

#include <gumbo.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace openkb {

/// A parsed document; its nodes live as long as it does.
class html_tree {
 public:
  explicit html_tree(std::string_view source);
  [[nodiscard]] const GumboNode& root() const noexcept { return *output_->root; }

 private:
  struct destroy {
    void operator()(GumboOutput* output) const noexcept;
  };
  std::unique_ptr<GumboOutput, destroy> output_;
};

[[nodiscard]] bool is_element(const GumboNode& node) noexcept;
[[nodiscard]] bool is_text(const GumboNode& node) noexcept;
[[nodiscard]] GumboTag tag_of(const GumboNode& node) noexcept;
/// Whether an element that Gumbo has no tag for has this name.
[[nodiscard]] bool is_unknown_element(const GumboNode& node, std::string_view name);
/// The text of a text node; empty for others.
[[nodiscard]] std::string_view own_text(const GumboNode& node) noexcept;
[[nodiscard]] std::span<GumboNode* const> children_of(const GumboNode& node) noexcept;
/// An attribute's value, or nothing.
[[nodiscard]] std::string_view attribute_of(const GumboNode& node, const char* name) noexcept;
/// Whether an element begins a block of its own (a paragraph, a list, ...).
[[nodiscard]] bool is_html_block(const GumboNode& node) noexcept;
/// 1 to 6 for a heading, else 0.
[[nodiscard]] int heading_level(const GumboNode& node) noexcept;
/// The first element with this tag, in document order, or null.
[[nodiscard]] const GumboNode* find_first(const GumboNode& from, GumboTag tag);
/// More than a heading has of bytes and of nodes. Headings may stand in each other, so that who wants the text of many
/// asks for no more.
inline constexpr std::size_t longest_heading = 1000;

/// All text below a node as it stands, line breaks included, but for what is below nodes that are left out; of at most
/// so many bytes and nodes.
[[nodiscard]] std::string all_text(const GumboNode& from,
                                   const std::function<bool(const GumboNode&)>& left_out = nullptr,
                                   std::size_t most = std::string::npos);

}  // namespace openkb
