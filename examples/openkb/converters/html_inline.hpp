#pragma once

/// \file
/// The part of the HTML converter that makes running text: emphasis, code, links, images.

#include "converters/html_tree.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace openkb {

/// Nested elements that are told apart; what is deeper is taken as text.
inline constexpr std::size_t deepest_html = 150;

/// Whether an element begins a block of its own (a paragraph, a list, ...).
[[nodiscard]] bool is_html_block(const GumboNode& node) noexcept;
/// Whether an element has no text for a reader (scripts, forms, navigation).
[[nodiscard]] bool is_left_out(const GumboNode& node) noexcept;
/// 1 to 6 for a heading, else 0.
[[nodiscard]] int heading_level(const GumboNode& node) noexcept;

/// Running text of one node, blanks not collapsed yet.
[[nodiscard]] std::string html_inline(const GumboNode& node, std::size_t depth);
/// The same for everything inside a node.
[[nodiscard]] std::string html_inline_inside(const GumboNode& node, std::size_t depth);

/// Collapses blanks, puts `break_as` where a `<br>` stood, and escapes what would begin a block.
[[nodiscard]] std::string finished_paragraph(std::string_view text, std::string_view break_as);

}  // namespace openkb
