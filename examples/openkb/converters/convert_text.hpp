#pragma once

/// \file
/// Plain text to Markdown that shows it as it was meant: headings are recognised by their underline, capitals or
/// centring, laid-out blocks stay as they are, and nothing is taken for markup by accident.

#include "converters/converted.hpp"

#include <string_view>

namespace openkb {

[[nodiscard]] converted convert_text(std::string_view source);

}  // namespace openkb
