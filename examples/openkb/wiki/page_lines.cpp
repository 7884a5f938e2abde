#include "wiki/page_lines.hpp"

#include "text/links.hpp"
#include "text/plain_text.hpp"

namespace openkb::pages {

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
