#pragma once

/// \file
/// The part of the HTML converter that makes running text: emphasis, code, links, images.

#include "converters/html_page.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace openkb {

/// Nested elements that are told apart; what is deeper is taken as text.
inline constexpr std::size_t deepest_html = 150;

/// Running text of one node, blanks not collapsed yet.
[[nodiscard]] std::string html_inline(const html_page& page, const GumboNode& node, std::size_t depth);
/// The same for everything inside a node.
[[nodiscard]] std::string html_inline_inside(const html_page& page, const GumboNode& node, std::size_t depth);

/// Puts running text behind other. Two code spans that met would be one, with other ends, so a blank parts them.
void append_inline(std::string& text, std::string_view more);

/// Collapses blanks, puts `break_as` where a `<br>` stood, and escapes what would begin a block.
[[nodiscard]] std::string finished_paragraph(std::string_view text, std::string_view break_as);

}  // namespace openkb
