#pragma once

#include "converters/html_tree.hpp"

#include <cstddef>
#include <string>

namespace openkb {

/// A table of data as a Markdown table; empty for one that only lays out a page (it holds lists, headings, tables, or
/// has a single column).
[[nodiscard]] std::string html_table(const GumboNode& table, std::size_t depth);

}  // namespace openkb
