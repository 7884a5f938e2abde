#pragma once

/// \file
/// HTML to clean Markdown: structure, links and images stay; scripts, styles, forms, what is hidden, and what stands
/// around the content on every page of a site go.

#include "converters/converted.hpp"

#include <string_view>

namespace openkb {

/// `own_name` is the file name that links to places in the page itself may begin with.
[[nodiscard]] converted convert_html(std::string_view source, std::string_view own_name = {});

}  // namespace openkb
