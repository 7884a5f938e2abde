#pragma once

/// \file
/// The lines that openkb writes on pages and finds again.

#include <string>
#include <string_view>

namespace openkb::pages {

/// At the end of every line that openkb looks for again.
inline constexpr std::string_view part_mark = " <!-- openkb -->";

[[nodiscard]] std::string link_to(std::string_view title, std::string_view target);

/// The name of the document that a line leads to first, in that directory; empty when it leads elsewhere.
[[nodiscard]] std::string document_in(std::string_view line, std::string_view directory);

}  // namespace openkb::pages
