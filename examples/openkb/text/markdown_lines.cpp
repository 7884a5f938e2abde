#include "text/markdown_lines.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::size_t none = std::string_view::npos;

std::size_t run_length(std::string_view text, char c) noexcept {
  return std::min(text.find_first_not_of(c), text.size());
}

// Whether the indentation is that of indented code.
bool is_deep(std::string_view line) noexcept {
  const auto spaces = run_length(line, ' ');
  return spaces >= 4 || (spaces < line.size() && line[spaces] == '\t');
}

}  // namespace

std::size_t list_marker(std::string_view bare) noexcept {
  if (bare.size() < 2) return 0;
  const auto digits = std::min(bare.find_first_not_of("0123456789"), bare.size());
  const bool number = digits > 0 && digits < 10 && digits < bare.size() && (bare[digits] == '.' || bare[digits] == ')');
  const bool bullet = digits == 0 && (bare[0] == '-' || bare[0] == '*' || bare[0] == '+');
  if (!number && !bullet) return 0;
  const auto after = digits + 1;
  return after < bare.size() && (bare[after] == ' ' || bare[after] == '\t') ? after + 1 : 0;
}

bool markdown_lines::next() noexcept {
  if (next_ >= text_.size()) return false;
  begin_ = next_;
  const auto newline = text_.find('\n', begin_);
  end_ = newline == none ? text_.size() : newline;
  next_ = newline == none ? text_.size() : newline + 1;
  if (end_ > begin_ && text_[end_ - 1] == '\r') --end_;
  classify();
  return true;
}

void markdown_lines::classify() noexcept {
  const auto previous = kind_;
  const auto first = line().find_first_not_of(" \t");
  const auto bare = first == none ? std::string_view{} : line().substr(first);
  if (fence_ > 0) {
    if (closes_fence(bare)) fence_ = 0;
    kind_ = line_kind::code;
    return;
  }
  if (bare.empty()) {
    kind_ = line_kind::blank;
    return;
  }
  if (opens_fence(bare)) {
    kind_ = line_kind::code;
    return;
  }
  // Indented code cannot interrupt a paragraph.
  if (is_deep(line()) && previous != line_kind::text && !in_list_) {
    kind_ = line_kind::code;
    return;
  }
  kind_ = line_kind::text;
  const bool item = list_marker(bare) > 0;
  if (first == 0 || item) in_list_ = item || (in_list_ && previous == line_kind::text);
}

bool markdown_lines::opens_fence(std::string_view bare) noexcept {
  const auto length = bare[0] == '`' || bare[0] == '~' ? run_length(bare, bare[0]) : 0;
  if (length < 3 || (bare[0] == '`' && bare.find('`', length) != none)) return false;
  fence_ = length;
  fence_mark_ = bare[0];
  return true;
}

bool markdown_lines::closes_fence(std::string_view bare) const noexcept {
  const auto length = bare.empty() || bare[0] != fence_mark_ ? 0 : run_length(bare, fence_mark_);
  return length >= fence_ && bare.find_first_not_of(" \t", length) == none;
}

}  // namespace openkb
