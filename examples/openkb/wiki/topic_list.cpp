#include "wiki/topic_list.hpp"

#include "knowledge_base/layout.hpp"
#include "text/markdown_lines.hpp"
#include "text/nfc.hpp"

#include <algorithm>

namespace openkb::pages {

namespace {

// What leads from a summary to the pages of one kind.
std::string directory_from_summary(topic_kind kind) { return "../" + std::string(layout::directory_of(kind)) + '/'; }

// The slug, in a line that is nothing but a link to a topic, as openkb writes them. Empty for any other one.
std::string topic_in_line(std::string_view line, topic_kind kind) {
  const auto directory = directory_from_summary(kind);
  auto slug = document_in(line, directory);
  return line.ends_with("](" + directory + slug + ".md)") ? slug : std::string{};
}

bool is_indented(std::string_view line) noexcept { return line.starts_with(' ') || line.starts_with('\t'); }

}  // namespace

std::string_view list_heading(topic_kind kind) noexcept {
  return kind == topic_kind::concept_page ? "## Concepts" : "## Entities";
}

std::string topic_line(const topic& t) {
  return "- " + link_to(t.title, directory_from_summary(t.kind) + t.slug + ".md");
}

bool is_heading(std::string_view line) noexcept {
  const auto level = std::min(line.find_first_not_of('#'), line.size());
  return level > 0 && level <= 6 && (level == line.size() || line[level] == ' ' || line[level] == '\t');
}

topic_list::topic_list(std::string_view summary, topic_kind kind) {
  markdown_lines walk(summary);
  for (const auto& line : page_lines_of(summary)) {
    const bool code = walk.next() && walk.kind() == markdown_lines::line_kind::code;
    lines_.push_back({line, code, {}});
  }
  for (std::size_t i = 0; i < lines_.size() && !is_there(); ++i) {
    if (lines_[i].text == list_heading(kind) && !lines_[i].code) look_below(i, kind);
  }
}

void topic_list::look_below(std::size_t heading, topic_kind kind) {
  for (end_ = heading + 1; end_ < lines_.size(); ++end_) {
    auto& line = lines_[end_];
    if (line.code) continue;
    if (is_heading(line.text)) break;
    line.topic = topic_in_line(line.text, kind);
    if (!line.topic.empty()) heading_ = heading;
  }
}

std::size_t topic_list::end_of_text() const noexcept {
  auto at = end_;
  while (at > 0 && lines_[at - 1].is_empty()) --at;
  return at;
}

std::size_t topic_list::line_of(std::string_view slug) const {
  const auto is_it = [&](const summary_line& l) { return !l.topic.empty() && same_name(l.topic, slug); };
  const auto found = std::ranges::find_if(lines_, is_it);
  return found == lines_.end() ? none : static_cast<std::size_t>(found - lines_.begin());
}

std::size_t topic_list::behind_item(std::size_t line) const {
  ++line;
  while (line < end_ && is_indented(lines_[line].text)) ++line;
  return line;
}

}  // namespace openkb::pages
