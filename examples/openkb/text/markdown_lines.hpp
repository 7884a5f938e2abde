#pragma once

/// \file
/// The lines of a Markdown text, each with what it is as far as links and sentences care.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace openkb {

class line_cursor;

/// A walk over the lines; `while (lines.next())`.
///
/// A line stands in quotes and list items, which the lines before it opened. It is told apart by what is behind their
/// marks: indentation is that of code only beyond them, and with the last of them ends what was fenced in it.
/// \source CommonMark 0.30, "Container blocks" and "A parsing strategy"
class markdown_lines {
 public:
  /// `code`: fenced or indented, or in a `<pre>`, script, style, comment or instruction of raw HTML.
  enum class line_kind : std::uint8_t { text, blank, code };

  explicit markdown_lines(std::string_view markdown) noexcept : text_(markdown) {}

  /// Goes to the next line; false behind the last one.
  [[nodiscard]] bool next();

  [[nodiscard]] line_kind kind() const noexcept { return kind_; }
  /// Whether a line of text goes on with the paragraph of the line before it.
  [[nodiscard]] bool continues() const noexcept { return continues_; }
  [[nodiscard]] std::size_t begin() const noexcept { return begin_; }
  /// Behind the last character, before the line break.
  [[nodiscard]] std::size_t end() const noexcept { return end_; }
  [[nodiscard]] std::string_view line() const noexcept { return text_.substr(begin_, end_ - begin_); }

 private:
  struct container {
    bool quote = false;
    std::size_t indentation = 0;  // of an item's content, from where the item's own container begins
  };

  [[nodiscard]] line_kind classify();
  [[nodiscard]] std::size_t match(line_cursor& at) const noexcept;
  [[nodiscard]] bool open_containers(line_cursor& at, std::size_t matched);
  [[nodiscard]] bool begins_item(std::string_view rest, std::size_t matched) const noexcept;
  [[nodiscard]] line_kind classify_leaf(line_cursor& at, std::size_t matched, bool opened);
  void go_on(std::string_view rest, bool indented);
  [[nodiscard]] bool opens_fence(std::string_view bare) noexcept;
  [[nodiscard]] bool closes_fence(std::string_view bare) const noexcept;
  [[nodiscard]] bool opens_html(std::string_view bare);

  std::string_view text_;
  std::size_t next_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  line_kind kind_ = line_kind::blank;
  bool continues_ = false;
  std::vector<container> containers_;
  bool paragraph_ = false;  // one is open, in the innermost container
  std::size_t fence_ = 0;   // the length of the fence that is open, 0 without one
  char fence_mark_ = '`';
  std::string_view html_end_;  // of the raw HTML that is open, empty without one
};

/// Whether a line, without its indentation, begins a list item (`- `, `* `, `+ `, `1. `, `1) `).
[[nodiscard]] std::size_t list_marker(std::string_view bare) noexcept;

}  // namespace openkb
