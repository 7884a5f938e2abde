#pragma once

#include "converters/html_page.hpp"

#include <cstddef>
#include <string>

namespace openkb {

/// A table of data as a Markdown table; empty for one that only lays out a page (it holds lists, headings, tables, or
/// has a single column).
[[nodiscard]] std::string html_table(const html_page& page, const GumboNode& table, std::size_t depth);

}  // namespace openkb
