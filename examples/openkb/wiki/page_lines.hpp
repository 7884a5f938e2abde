#pragma once

/// \file
/// The lines of pages, as openkb, a person or an editor ended them, and those among them that openkb finds again.

#include <string>
#include <string_view>
#include <vector>

namespace openkb::pages {

/// At the end of every line that openkb looks for again.
inline constexpr std::string_view part_mark = " <!-- openkb -->";

/// A line of a page.
struct page_line {
  std::string_view text;   ///< without what ends it, `\n` or `\r\n`
  std::string_view whole;  ///< with it

  [[nodiscard]] std::string_view end() const noexcept { return whole.substr(text.size()); }
};

[[nodiscard]] std::vector<page_line> page_lines_of(std::string_view page);
/// What the first line of a text ends with, and what openkb ends its own with beside it.
[[nodiscard]] std::string_view line_end_of(std::string_view text) noexcept;

[[nodiscard]] std::string link_to(std::string_view title, std::string_view target);

/// The name of the document that a line leads to first, in that directory; empty when it leads elsewhere.
[[nodiscard]] std::string document_in(std::string_view line, std::string_view directory);

}  // namespace openkb::pages
