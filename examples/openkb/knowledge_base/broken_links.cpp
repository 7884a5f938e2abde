#include "knowledge_base/broken_links.hpp"

#include "documents/same_name.hpp"
#include "knowledge_base/layout.hpp"
#include "text/links.hpp"
#include "text/nfc.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/page_lines.hpp"
#include "wiki/summary_topics.hpp"

#include <algorithm>
#include <array>

namespace openkb {

namespace {

bool is_below(std::string_view file, const auto& directories) {
  return std::ranges::any_of(directories, [&](std::string_view d) { return file.starts_with(d); });
}

bool may_be_judged(std::string_view page, std::string_view target) {
  constexpr std::array<std::string_view, 3> kept{"wiki/", "raw/", ".openkb/"};
  constexpr std::array<std::string_view, 4> of_sources{"wiki/sources/images/", "wiki/summaries/", "raw/",
                                                       ".openkb/files/"};
  return page.starts_with(layout::sources) ? is_below(target, of_sources) : is_below(target, kept);
}

std::string_view line_at(std::string_view text, std::size_t at) {
  const auto before = text.rfind('\n', at);
  const auto begin = before == std::string_view::npos ? 0 : before + 1;
  const auto line = text.substr(begin, text.find('\n', at) - begin);
  return line.substr(0, line.size() - (line.ends_with('\r') ? 1 : 0));
}

bool is_own(const std::string& page, std::string_view text, const link& l, const std::string& target) {
  if (page == layout::index) {
    const auto part = pages::contents_in(text);
    const auto begin = static_cast<std::size_t>(part.empty() ? 0 : part.data() - text.data());
    return l.begin >= begin && l.end <= begin + part.size();
  }
  const auto line = line_at(text, l.begin);
  if (page.starts_with(layout::summaries)) {
    const auto topics = pages::topics_in(text);
    return line.starts_with("- [") && line.ends_with("](" + l.target + ")") &&
           std::ranges::any_of(topics, [&](const topic& t) { return same_name(layout::page(t.kind, t.slug), target); });
  }
  constexpr std::array<std::string_view, 3> marked{"wiki/concepts/", "wiki/entities/", layout::initials};
  return is_below(page, marked) && line.ends_with(pages::part_mark);
}

}  // namespace

std::vector<broken_link> broken_links(const std::filesystem::path& root, const file_names& files,
                                      const std::string& page, std::string_view text) {
  std::vector<broken_link> out;
  for (auto& l : find_links(text)) {
    auto target = target_of(page, l.target);
    if (target.empty() || !files.find(target).empty() || !may_be_judged(page, target)) continue;
    std::error_code ignored;
    if (std::filesystem::exists(file_of_same_name(root / target), ignored)) continue;
    const bool own = is_own(page, text, l, target);
    out.push_back({std::move(l.target), std::move(target), own});
  }
  return out;
}

}  // namespace openkb
