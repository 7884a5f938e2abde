#pragma once

/// \file
/// The lines of a Markdown text, each with what it is as far as links and sentences care.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace openkb {

/// A walk over the lines; `while (lines.next())`.
class markdown_lines {
 public:
  enum class line_kind : std::uint8_t { text, blank, code };

  explicit markdown_lines(std::string_view markdown) noexcept : text_(markdown) {}

  /// Goes to the next line; false behind the last one.
  [[nodiscard]] bool next() noexcept;

  [[nodiscard]] line_kind kind() const noexcept { return kind_; }
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  /// Behind the last character, before the line break.
  [[nodiscard]] std::size_t end() const noexcept { return end_; }
  [[nodiscard]] std::string_view line() const noexcept { return text_.substr(begin_, end_ - begin_); }

 private:
  void classify() noexcept;
  [[nodiscard]] bool opens_fence(std::string_view bare) noexcept;
  [[nodiscard]] bool closes_fence(std::string_view bare) const noexcept;

  std::string_view text_;
  std::size_t next_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  line_kind kind_ = line_kind::blank;
  std::size_t fence_ = 0;  // the length of the fence that is open, 0 without one
  char fence_mark_ = '`';
  bool in_list_ = false;  // indentation continues a list item there, and is no code
};

/// Whether a line, without its indentation, begins a list item (`- `, `* `, `+ `, `1. `, `1) `).
[[nodiscard]] std::size_t list_marker(std::string_view bare) noexcept;

}  // namespace openkb
