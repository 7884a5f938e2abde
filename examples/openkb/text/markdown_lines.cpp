#include "text/markdown_lines.hpp"

#include "terminal/utf8.hpp"
#include "text/line_cursor.hpp"
#include "text/npos.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t code_indentation = 4;
constexpr std::size_t deepest_container = 64;  // deeper ones are taken as text, so that no line costs more

std::size_t run_length(std::string_view text, char c) noexcept {
  return std::min(text.find_first_not_of(c), text.size());
}

bool is_blank(std::string_view text) noexcept { return text.find_first_not_of(" \t") == npos; }

// `***`, `- - -`, `___`
bool is_rule(std::string_view bare) noexcept {
  if (bare.empty() || std::string_view("*-_").find(bare[0]) == npos) return false;
  std::size_t marks = 0;
  for (const char c : bare) {
    if (c == bare[0])
      ++marks;
    else if (c != ' ' && c != '\t')
      return false;
  }
  return marks >= 3;
}

bool is_underline(std::string_view bare) noexcept {
  return !bare.empty() && (bare[0] == '=' || bare[0] == '-') && is_blank(bare.substr(run_length(bare, bare[0])));
}

bool is_heading(std::string_view bare) noexcept {
  const auto marks = run_length(bare, '#');
  return marks > 0 && marks <= 6 && (marks == bare.size() || bare[marks] == ' ' || bare[marks] == '\t');
}

// The mark of an item, without the blank behind it; 0 for none.
std::size_t item_mark(std::string_view bare) noexcept {
  const auto digits = std::min(bare.find_first_not_of("0123456789"), bare.size());
  const bool number = digits > 0 && digits < 10 && digits < bare.size() && (bare[digits] == '.' || bare[digits] == ')');
  const bool bullet = digits == 0 && !bare.empty() && (bare[0] == '-' || bare[0] == '*' || bare[0] == '+');
  if (!number && !bullet) return 0;
  const auto after = digits + 1;
  return after == bare.size() || bare[after] == ' ' || bare[after] == '\t' ? after : 0;
}

// What raw HTML that blank lines do not end ends with.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> raw_html{{{"<!--", "-->"},
                                                                                 {"<?", "?>"},
                                                                                 {"<![cdata[", "]]>"},
                                                                                 {"<pre", "</pre>"},
                                                                                 {"<script", "</script>"},
                                                                                 {"<style", "</style>"},
                                                                                 {"<textarea", "</textarea>"}}};

}  // namespace

std::size_t list_marker(std::string_view bare) noexcept {
  const auto mark = item_mark(bare);
  return mark == 0 || mark == bare.size() ? 0 : mark + 1;
}

bool markdown_lines::next() {
  if (next_ >= text_.size()) return false;
  begin_ = next_;
  const auto newline = text_.find('\n', begin_);
  end_ = newline == npos ? text_.size() : newline;
  next_ = newline == npos ? text_.size() : newline + 1;
  if (end_ > begin_ && text_[end_ - 1] == '\r') --end_;
  continues_ = false;
  kind_ = classify();
  if (kind_ != line_kind::text) paragraph_ = false;
  return true;
}

markdown_lines::line_kind markdown_lines::classify() {
  line_cursor at(line());
  const auto matched = match(at);
  if (matched < containers_.size()) {
    fence_ = 0;
    html_end_ = {};
  }
  if (fence_ > 0 || !html_end_.empty()) {
    go_on(at.rest(), at.indentation(code_indentation) >= code_indentation);
    return line_kind::code;
  }
  if (at.rest().empty()) {
    containers_.resize(matched);
    return line_kind::blank;
  }
  const bool opened = open_containers(at, matched);
  if (at.rest().empty()) return line_kind::blank;
  return classify_leaf(at, opened ? containers_.size() : matched, opened);
}

// How many of the open containers the line goes on with.
std::size_t markdown_lines::match(line_cursor& at) const noexcept {
  std::size_t matched = 0;
  for (const auto& c : containers_) {
    if (c.quote) {
      if (!at.rest().starts_with('>') || at.indentation(code_indentation) >= code_indentation) break;
      at.skip_blanks();
      at.skip_mark(1);
      at.skip(1);
    } else if (!at.rest().empty()) {
      if (at.indentation(c.indentation) < c.indentation) break;
      at.skip(c.indentation);
    }
    ++matched;
  }
  return matched;
}

// Whether there were any.
bool markdown_lines::open_containers(line_cursor& at, std::size_t matched) {
  bool opened = false;
  for (; matched < deepest_container; ++matched) {
    const auto before = at.indentation(code_indentation);
    const auto rest = at.rest();
    const bool quote = rest.starts_with('>');
    if (before >= code_indentation || (!quote && !begins_item(rest, matched))) break;
    containers_.resize(matched);
    opened = true;
    paragraph_ = false;
    at.skip_blanks();
    if (quote) {
      at.skip_mark(1);
      at.skip(1);
      containers_.push_back({true, 0});
      continue;
    }
    const auto mark = item_mark(rest);
    at.skip_mark(mark);
    const auto gap = at.indentation(code_indentation + 1);
    const auto content = gap > code_indentation || at.rest().empty() ? 1 : gap;
    at.skip(content);
    containers_.push_back({false, before + mark + content});
  }
  return opened;
}

// An empty item, and one of a number but 1, does not interrupt a paragraph.
bool markdown_lines::begins_item(std::string_view rest, std::size_t matched) const noexcept {
  const auto mark = item_mark(rest);
  if (mark == 0 || is_rule(rest)) return false;
  if (!paragraph_ || matched < containers_.size()) return true;
  const bool counts = mark == 1 || rest.substr(0, mark - 1) == "1";
  return counts && !is_blank(rest.substr(mark));
}

markdown_lines::line_kind markdown_lines::classify_leaf(line_cursor& at, std::size_t matched, bool opened) {
  const bool goes_on = paragraph_ && !opened;
  if (at.indentation(code_indentation) >= code_indentation) {
    continues_ = goes_on;
    if (goes_on) return line_kind::text;
    containers_.resize(matched);
    return line_kind::code;
  }
  const auto rest = at.rest();
  const bool underlines = goes_on && matched == containers_.size() && is_underline(rest);
  if (opens_fence(rest) || opens_html(rest)) {
    containers_.resize(matched);
    return line_kind::code;
  }
  const bool alone = underlines || is_heading(rest) || is_rule(rest);
  continues_ = goes_on && (underlines || !alone);
  // A paragraph may go on without the marks of its containers.
  if (!continues_) containers_.resize(matched);
  paragraph_ = !alone;
  return line_kind::text;
}

// What is open may end with this line.
void markdown_lines::go_on(std::string_view rest, bool indented) {
  if (fence_ > 0) {
    if (!indented && closes_fence(rest)) fence_ = 0;
  } else if (utf8::lowered(rest).find(html_end_) != npos) {
    html_end_ = {};
  }
}

bool markdown_lines::opens_fence(std::string_view bare) noexcept {
  const auto length = bare[0] == '`' || bare[0] == '~' ? run_length(bare, bare[0]) : 0;
  if (length < 3 || (bare[0] == '`' && bare.find('`', length) != npos)) return false;
  fence_ = length;
  fence_mark_ = bare[0];
  return true;
}

bool markdown_lines::closes_fence(std::string_view bare) const noexcept {
  const auto length = bare.empty() || bare[0] != fence_mark_ ? 0 : run_length(bare, fence_mark_);
  return length >= fence_ && is_blank(bare.substr(length));
}

// A comment that ends in its line may have text behind it.
bool markdown_lines::opens_html(std::string_view bare) {
  if (bare[0] != '<') return false;
  const auto small = utf8::lowered(bare);
  for (const auto& [begin, end] : raw_html) {
    if (!small.starts_with(begin)) continue;
    const auto behind = std::string_view(small).substr(begin.size());
    const bool tag = begin[1] >= 'a' && begin[1] <= 'z';
    if (tag && !behind.empty() && std::string_view(" \t>").find(behind[0]) == npos) continue;
    const auto close = behind.find(end);
    if (close == npos) {
      html_end_ = end;
      return true;
    }
    return tag || is_blank(behind.substr(close + end.size()));
  }
  return false;
}

}  // namespace openkb
