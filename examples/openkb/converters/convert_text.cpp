#include "converters/convert_text.hpp"

#include "text/markdown_lines.hpp"
#include "text/npos.hpp"
#include "text/plain_text.hpp"
#include "text/text_lines.hpp"

#include <algorithm>
#include <cctype>
#include <vector>

namespace openkb {

namespace {

constexpr std::size_t longest_heading = 72;
constexpr std::size_t centred_from = 8;  // columns of indentation
constexpr std::size_t laid_out_from = 4;

using block = std::vector<std::string>;

// Without what typewriters and pagers left: overstrikes, form feeds, other control characters; tabs become spaces.
std::string cleaned(std::string_view line) {
  std::string out;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\b') {
      if (!out.empty()) out.pop_back();
    } else if (c == '\t') {
      out.append(8 - out.size() % 8, ' ');
    } else if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    }
  }
  return std::string(right_trimmed(out));
}

std::size_t indentation(std::string_view line) noexcept { return std::min(line.find_first_not_of(' '), line.size()); }

std::size_t shared_indentation(const block& lines) noexcept {
  std::size_t least = npos;
  for (const auto& line : lines) least = std::min(least, indentation(line));
  return least;
}

bool is_word(char c) noexcept { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_capitals(std::string_view line) noexcept {
  const auto is = [&](auto test) { return std::ranges::any_of(line, [&](unsigned char c) { return test(c) != 0; }); };
  return is([](int c) { return std::isupper(c); }) && !is([](int c) { return std::islower(c); });
}

bool is_underline(std::string_view line) noexcept {
  const auto bare = trimmed(line);
  return bare.size() >= 3 && std::string_view("=-*~").find(bare[0]) != npos && bare.find_first_not_of(bare[0]) == npos;
}

bool can_head(std::string_view line) noexcept {
  const auto bare = trimmed(line);
  return !bare.empty() && bare.size() <= longest_heading && bare.back() != '.' && bare.back() != ',' &&
         list_marker(bare) == 0 &&
         std::ranges::any_of(bare, [](unsigned char c) { return std::isalpha(c) != 0 || c >= 0x80; });
}

// Marks that Markdown would read are escaped; list markers and quote marks at the beginning keep their meaning.
std::string escaped_line(std::string_view line) {
  const auto bare = trimmed(line);
  const auto marker = list_marker(bare);
  std::string out(bare.substr(0, marker));
  if (bare.starts_with('#') || bare.starts_with('+')) out += '\\';
  for (auto i = marker; i < bare.size(); ++i) {
    const char c = bare[i];
    const bool inside_word = c == '_' && i > 0 && i + 1 < bare.size() && is_word(bare[i - 1]) && is_word(bare[i + 1]);
    const bool tag = c == '<' && !bare.substr(i + 1).starts_with("http");
    if (tag || (std::string_view("\\`*_[]").find(c) != npos && !inside_word)) out += '\\';
    out += c;
  }
  return out;
}

class writer {
 public:
  void add(block& lines) {
    if (lines.empty()) return;
    const auto indent = shared_indentation(lines);
    if (lines.size() <= 3 && indent >= centred_from && can_head(lines[0])) {
      centred(lines);
    } else if (lines.size() > 1 && is_underline(lines[1]) && can_head(lines[0])) {
      heading(lines[0], lines[1][indentation(lines[1])] == '=' ? 1 : 2);
      lines.erase(lines.begin(), lines.begin() + 2);
      return add(lines);
    } else if (lines.size() == 1 && indent < laid_out_from && is_capitals(lines[0]) && can_head(lines[0])) {
      heading(lines[0], 2);
    } else if (indent >= laid_out_from && list_marker(trimmed(lines[0])) == 0) {
      laid_out(lines);
    } else {
      paragraph(lines);
    }
    lines.clear();
  }

  std::string out;

 private:
  void separate() {
    if (!out.empty()) out += '\n';
  }
  void heading(std::string_view line, int level) {
    separate();
    out.append(static_cast<std::size_t>(headed_ ? std::max(level, 2) : 1), '#');
    out.append(" ").append(escaped(trimmed(line))).append("\n");
    headed_ = true;
  }
  // A title page: the first line heads, what follows it (a version, an author) is text.
  void centred(const block& lines) {
    heading(lines[0], 2);
    if (lines.size() > 1) paragraph({lines.begin() + 1, lines.end()});
  }
  void laid_out(const block& lines) {
    separate();
    for (const auto& line : lines) out.append(line).append("\n");
  }
  void paragraph(const block& lines) {
    separate();
    for (const auto& line : lines) {
      // A rule directly below text would make that text a heading.
      if (is_underline(line))
        out.append("\n---\n\n");
      else
        out.append(escaped_line(line)).append("\n");
    }
  }

  bool headed_ = false;
};

}  // namespace

converted convert_text(std::string_view source) {
  const auto text = with_plain_newlines(source);
  writer to;
  block lines;
  for (const auto line : lines_of(text)) {
    auto clean = cleaned(line);
    if (clean.empty())
      to.add(lines);
    else
      lines.push_back(std::move(clean));
  }
  to.add(lines);
  return {std::move(to.out), {}};
}

}  // namespace openkb
