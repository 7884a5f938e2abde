#include "wiki/summary_topics.hpp"

#include "knowledge_base/layout.hpp"
#include "text/nfc.hpp"
#include "text/text_lines.hpp"
#include "wiki/page_lines.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace openkb::pages {

namespace {

constexpr std::array<std::pair<topic_kind, std::string_view>, 2> sections{
    {{topic_kind::concept_page, "## Concepts"}, {topic_kind::entity_page, "## Entities"}}};

// What leads from a summary to the pages of one kind.
std::string directory_from_summary(topic_kind kind) { return "../" + std::string(layout::directory_of(kind)) + '/'; }

std::string topic_lines(const std::vector<topic>& topics, topic_kind kind) {
  std::string out;
  for (const auto& t : topics) {
    if (t.kind == kind) out += "- " + link_to(t.title, directory_from_summary(kind) + t.slug + ".md") + '\n';
  }
  return out;
}

// A line that is nothing but a link to a topic, as openkb writes them. Empty for any other one.
std::string topic_in_line(std::string_view line, topic_kind kind) {
  const auto directory = directory_from_summary(kind);
  auto slug = document_in(line, directory);
  return line.ends_with("](" + directory + slug + ".md)") ? slug : std::string{};
}

bool is_one_of(const std::vector<topic>& topics, topic_kind kind, std::string_view slug) {
  return !slug.empty() &&
         std::ranges::any_of(topics, [&](const topic& t) { return t.kind == kind && same_name(t.slug, slug); });
}

std::string_view without_outer_breaks(std::string_view lines) {
  lines.remove_prefix(std::min(lines.find_first_not_of('\n'), lines.size()));
  return lines.substr(0, lines.find_last_not_of('\n') + 1);
}

// A summary, taken apart by the headings of its topics.
struct topic_sections {
  std::string before;
  std::array<std::string, sections.size()> lines;
  std::string after;

  static topic_sections of(std::string_view summary) {
    topic_sections out;
    std::array<bool, sections.size()> seen{};
    auto* in = &out.before;
    for (const auto line : lines_of(summary)) {
      if (line.starts_with('#')) {
        std::size_t i = 0;
        while (i < sections.size() && (line != sections[i].second || seen[i])) ++i;
        if (i == sections.size()) {
          if (in != &out.before) in = &out.after;
        } else {
          seen[i] = true;
          in = &out.lines[i];
          continue;
        }
      }
      in->append(line).append("\n");
    }
    return out;
  }

  void drop(std::size_t section, const std::vector<topic>& topics) {
    std::string rest;
    for (const auto line : lines_of(lines[section])) {
      const auto kind = sections[section].first;
      if (!is_one_of(topics, kind, topic_in_line(line, kind))) rest.append(line).append("\n");
    }
    lines[section] = std::move(rest);
  }

  [[nodiscard]] std::string text() const {
    auto out = before;
    while (out.ends_with("\n\n")) out.pop_back();
    for (std::size_t i = 0; i < sections.size(); ++i) {
      const auto inner = without_outer_breaks(lines[i]);
      if (!inner.empty()) out.append("\n").append(sections[i].second).append("\n\n").append(inner).append("\n");
    }
    return after.empty() ? out : out.append("\n").append(after);
  }
};

}  // namespace

std::string with_topics(std::string_view summary, const std::vector<topic>& topics, const std::vector<topic>& left) {
  auto parts = topic_sections::of(summary);
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto kind = sections[i].first;
    parts.drop(i, topics);
    parts.drop(i, left);
    const std::string rest(without_outer_breaks(parts.lines[i]));
    parts.lines[i] = topic_lines(topics, kind);
    if (!rest.empty()) parts.lines[i].append(parts.lines[i].empty() ? "" : "\n").append(rest).append("\n");
  }
  return parts.text();
}

std::string without_topics(std::string_view summary, const std::vector<topic>& gone) {
  auto parts = topic_sections::of(summary);
  for (std::size_t i = 0; i < sections.size(); ++i) parts.drop(i, gone);
  return parts.text();
}

std::vector<topic> topics_in(std::string_view summary) {
  const auto parts = topic_sections::of(summary);
  std::vector<topic> out;
  for (std::size_t i = 0; i < sections.size(); ++i) {
    const auto kind = sections[i].first;
    for (const auto line : lines_of(parts.lines[i])) {
      if (auto slug = topic_in_line(line, kind); !slug.empty())
        out.push_back({.kind = kind, .slug = std::move(slug), .title = {}, .excerpt = {}});
    }
  }
  return out;
}

}  // namespace openkb::pages
