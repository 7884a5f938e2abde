#include "wiki/page_lines.hpp"

#include "text/links.hpp"
#include "text/plain_text.hpp"

namespace openkb::pages {

std::vector<page_line> page_lines_of(std::string_view page) {
  std::vector<page_line> out;
  while (!page.empty()) {
    const auto newline = page.find('\n');
    const auto whole = page.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    auto text = page.substr(0, newline);
    if (whole.ends_with("\r\n")) text.remove_suffix(1);
    out.push_back({text, whole});
    page.remove_prefix(whole.size());
  }
  return out;
}

std::string_view line_end_of(std::string_view text) noexcept {
  const auto newline = text.find('\n');
  return newline != std::string_view::npos && text.substr(0, newline).ends_with('\r') ? "\r\n" : "\n";
}

std::string link_to(std::string_view title, std::string_view target) {
  return "[" + escaped(title) + "](" + std::string(target) + ")";
}

std::string document_in(std::string_view line, std::string_view directory) {
  if (!line.starts_with("- [")) return {};
  const auto links = find_links(line);
  if (links.empty() || !links.front().target.starts_with(directory) || !links.front().target.ends_with(".md"))
    return {};
  const auto& target = links.front().target;
  return target.substr(directory.size(), target.size() - directory.size() - 3);
}

}  // namespace openkb::pages
