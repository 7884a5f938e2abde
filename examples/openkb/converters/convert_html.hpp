#pragma once

/// \file
/// HTML to clean Markdown: structure, links and images stay; scripts, styles, forms and navigation go.

#include "converters/converted.hpp"

#include <string_view>

namespace openkb {

[[nodiscard]] converted convert_html(std::string_view source);

}  // namespace openkb
