#pragma once

/// \file
/// Markdown to Markdown: the front matter is taken off, and its title with it.

#include "converters/converted.hpp"

#include <string_view>

namespace openkb {

[[nodiscard]] converted convert_markdown(std::string_view source);

}  // namespace openkb
