#pragma once

/// \file
/// The list of a document's topics of one kind, as openkb keeps it in the summary, and what a person wrote around it.

#include "topics/compiler.hpp"
#include "wiki/page_lines.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace openkb::pages {

/// In the order in which their lists stand.
inline constexpr std::array<topic_kind, 2> listed_kinds{topic_kind::concept_page, topic_kind::entity_page};

[[nodiscard]] std::string_view list_heading(topic_kind kind) noexcept;
/// Without what ends it.
[[nodiscard]] std::string topic_line(const topic& t);
/// Whether a line of Markdown is a heading, of any level.
[[nodiscard]] bool is_heading(std::string_view line) noexcept;

struct summary_line : page_line {
  bool code = false;  ///< fenced, indented, or in a comment
  std::string topic;  ///< its slug, where the line is openkb's

  [[nodiscard]] bool is_empty() const noexcept { return text.empty() && !code; }
};

/// A summary, line by line. The list is what stands below the first heading of its kind that has lines of openkb's; a
/// heading without any is a person's.
class topic_list {
 public:
  static constexpr std::size_t none = std::string_view::npos;

  topic_list(std::string_view summary, topic_kind kind);

  [[nodiscard]] const std::vector<summary_line>& lines() const noexcept { return lines_; }
  [[nodiscard]] bool is_there() const noexcept { return heading_ != none; }
  [[nodiscard]] std::size_t heading() const noexcept { return heading_; }
  /// Behind the last line below the heading.
  [[nodiscard]] std::size_t end() const noexcept { return end_; }
  /// Without the empty lines there.
  [[nodiscard]] std::size_t end_of_text() const noexcept;

  /// The first line that leads to a topic.
  [[nodiscard]] std::size_t line_of(std::string_view slug) const;
  /// Behind a line, and what a person wrote below it as a part of that item.
  [[nodiscard]] std::size_t behind_item(std::size_t line) const;

 private:
  void look_below(std::size_t heading, topic_kind kind);

  std::vector<summary_line> lines_;
  std::size_t heading_ = none;
  std::size_t end_ = 0;
};

}  // namespace openkb::pages
