#include "converters/html_table.hpp"

#include "converters/html_inline.hpp"

#include <algorithm>
#include <vector>

namespace openkb {

namespace {

using row = std::vector<std::string>;

void gather_rows(const html_page& page, const GumboNode& node, std::vector<const GumboNode*>& rows) {
  for (const auto* child : children_of(node)) {
    if (page.leaves_out(*child)) continue;
    const auto tag = tag_of(*child);
    if (tag == GUMBO_TAG_TR)
      rows.push_back(child);
    else if (tag == GUMBO_TAG_TBODY || tag == GUMBO_TAG_THEAD || tag == GUMBO_TAG_TFOOT)
      gather_rows(page, *child, rows);
  }
}

// Whether a cell holds more than a line of a table can.
bool has_structure(const GumboNode& cell, std::size_t depth) noexcept {
  if (depth > deepest_html) return true;
  if (std::ranges::count(children_of(cell), GUMBO_TAG_P, [](const GumboNode* c) { return tag_of(*c); }) > 1)
    return true;
  return std::ranges::any_of(children_of(cell), [&](const GumboNode* c) {
    const auto tag = tag_of(*c);
    return heading_level(*c) > 0 || tag == GUMBO_TAG_TABLE || tag == GUMBO_TAG_UL || tag == GUMBO_TAG_OL ||
           tag == GUMBO_TAG_PRE || tag == GUMBO_TAG_BLOCKQUOTE || has_structure(*c, depth + 1);
  });
}

std::string cell_text(const html_page& page, const GumboNode& cell, std::size_t depth) {
  std::string out;
  for (const char c : finished_paragraph(html_inline_inside(page, cell, depth), " ")) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string line_of(const row& cells) {
  std::string out;
  for (const auto& text : cells) out.append("| ").append(text).append(text.empty() ? "" : " ");
  return out + "|\n";
}

}  // namespace

std::string html_table(const html_page& page, const GumboNode& table, std::size_t depth) {
  std::vector<const GumboNode*> nodes;
  gather_rows(page, table, nodes);
  std::vector<row> rows;
  std::size_t columns = 0;
  for (const auto* node : nodes) {
    auto& cells = rows.emplace_back();
    for (const auto* cell : children_of(*node)) {
      const bool is_cell = tag_of(*cell) == GUMBO_TAG_TD || tag_of(*cell) == GUMBO_TAG_TH;
      if (!is_cell || page.leaves_out(*cell)) continue;
      if (has_structure(*cell, depth)) return {};
      cells.push_back(cell_text(page, *cell, depth));
    }
    columns = std::max(columns, cells.size());
  }
  if (columns < 2) return {};
  std::string out;
  for (auto& cells : rows) {
    cells.resize(columns);
    out += line_of(cells);
    if (&cells == &rows.front()) out += line_of(row(columns, "---"));
  }
  return out;
}

}  // namespace openkb
