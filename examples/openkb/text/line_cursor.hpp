#pragma once

/// \file
/// Walks over the indentation and the marks at the beginning of a line of Markdown.

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace openkb {

/// A place in a line. Tabs reach to the next column that four divides, and may be used up column by column.
class line_cursor {
 public:
  explicit line_cursor(std::string_view line) noexcept : line_(line) {}

  /// Columns of blanks from here, counted no further than `most`.
  [[nodiscard]] std::size_t indentation(std::size_t most) const noexcept {
    auto columns = left_;
    for (auto i = at_; columns < most && i < line_.size() && is_blank(line_[i]); ++i) {
      columns += line_[i] == '\t' ? width_of_tab(column_ + columns) : 1;
    }
    return columns;
  }

  void skip(std::size_t columns) noexcept {
    while (columns > 0) {
      if (left_ == 0 && (at_ == line_.size() || !is_blank(line_[at_]))) return;
      if (left_ == 0) left_ = line_[at_++] == '\t' ? width_of_tab(column_) : 1;
      const auto now = std::min(left_, columns);
      left_ -= now;
      column_ += now;
      columns -= now;
    }
  }

  void skip_blanks() noexcept { skip(line_.size() * width_of_a_tab); }

  void skip_mark(std::size_t size) noexcept {
    at_ += size;
    column_ += size;
  }

  /// What is behind the blanks.
  [[nodiscard]] std::string_view rest() const noexcept {
    if (word_ == std::string_view::npos || word_ < at_)
      word_ = std::min(line_.find_first_not_of(" \t", at_), line_.size());
    return line_.substr(word_);
  }

 private:
  static constexpr std::size_t width_of_a_tab = 4;
  static bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
  static std::size_t width_of_tab(std::size_t column) noexcept { return width_of_a_tab - column % width_of_a_tab; }

  std::string_view line_;
  std::size_t at_ = 0;
  std::size_t column_ = 0;
  std::size_t left_ = 0;                               // columns of a tab before `at_` that are not used up
  mutable std::size_t word_ = std::string_view::npos;  // where the next one begins, once it was looked for
};

}  // namespace openkb
