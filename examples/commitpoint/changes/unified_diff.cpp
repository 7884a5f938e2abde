#include "changes/unified_diff.hpp"

#include "changes/subprocess.hpp"
#include "roots/error.hpp"

#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace command {

namespace {

// With their line breaks; the last one may have none.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto newline = text.find('\n');
    const auto size = newline == std::string_view::npos ? text.size() : newline + 1;
    out.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return out;
}

struct hunk {
  std::size_t number = 0;  // from 1, for people
  std::size_t at = 0;      // the line of the old text that it begins at, from 0
  std::vector<std::string> old_lines;
  std::vector<std::string> new_lines;
};

// `-3,4` or `-3`
bool take_range(std::string_view& text, char sign, std::size_t& first, std::size_t& count) {
  if (!text.starts_with(sign)) return false;
  text.remove_prefix(1);
  const auto take = [&](std::size_t& number) {
    const auto [at, code] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (code != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(at - text.data()));
    return true;
  };
  count = 1;
  if (!take(first)) return false;
  if (!text.starts_with(',')) return true;
  text.remove_prefix(1);
  return take(count);
}

cp::failure wrong(std::size_t number, const std::string& why) {
  return failure_of(error::does_not_apply, {}, "hunk " + std::to_string(number) + ' ' + why);
}

class parsing {
 public:
  explicit parsing(std::string_view diff) : lines_(lines_of(diff)) {}

  cp::result<std::vector<hunk>> run() {
    std::vector<hunk> out;
    while (at_ < lines_.size() && !lines_[at_].starts_with("@@")) ++at_;
    while (at_ < lines_.size()) {
      BOOST_OUTCOME_TRY(auto next, one(out.size() + 1));
      out.push_back(std::move(next));
      while (at_ < lines_.size() && lines_[at_] == "\n") ++at_;
    }
    if (out.empty()) return failure_of(error::does_not_apply, {}, "it has no hunk, which begins with @@ -1 +1 @@");
    return out;
  }

 private:
  cp::result<hunk> one(std::size_t number) {
    auto head = lines_[at_];
    std::size_t first = 0;
    std::size_t olds = 0;
    std::size_t ignored = 0;
    std::size_t news = 0;
    const auto expect = [&](std::string_view word) {
      if (!head.starts_with(word)) return false;
      head.remove_prefix(word.size());
      return true;
    };
    if (!expect("@@ ") || !take_range(head, '-', first, olds) || !expect(" ") ||
        !take_range(head, '+', ignored, news) || !expect(" @@")) {
      return wrong(number, "has a header that is none");
    }
    ++at_;
    hunk out{number, first == 0 ? 0 : olds == 0 ? first : first - 1, {}, {}};
    while (at_ < lines_.size() && (out.old_lines.size() < olds || out.new_lines.size() < news)) {
      BOOST_OUTCOME_TRYV(add(out, lines_[at_]));
      ++at_;
    }
    if (out.old_lines.size() != olds || out.new_lines.size() != news) {
      return wrong(number, "does not have as many lines as its header says");
    }
    if (at_ < lines_.size() && lines_[at_].starts_with('\\')) {
      end_without_newline(out);
      ++at_;
    }
    return out;
  }

  cp::result<void> add(hunk& to, std::string_view line) {
    const char sign = line.front();
    if (sign == '\\') {
      end_without_newline(to);
      return cp::success();
    }
    last_ = sign;
    std::string text(sign == '\n' ? line : line.substr(1));  // editors take the blank of an empty line away
    if (!text.ends_with('\n')) text += '\n';                 // the diff itself is cut off there
    if (sign == '-' || sign == ' ' || sign == '\n') to.old_lines.push_back(text);
    if (sign == '+' || sign == ' ' || sign == '\n') to.new_lines.push_back(std::move(text));
    if (sign == '-' || sign == ' ' || sign == '\n' || sign == '+') return cp::success();
    return wrong(to.number, "has a line that is none");
  }

  // `\ No newline at end of file`, about the line before.
  void end_without_newline(hunk& of) {
    const auto cut = [](std::vector<std::string>& lines) {
      if (!lines.empty() && lines.back().ends_with('\n')) lines.back().pop_back();
    };
    if (last_ != '+') cut(of.old_lines);
    if (last_ != '-') cut(of.new_lines);
  }

  std::vector<std::string_view> lines_;
  std::size_t at_ = 0;
  char last_ = ' ';
};

bool fits(const std::vector<std::string_view>& text, std::size_t at, const hunk& h) {
  if (at > text.size() || h.old_lines.size() > text.size() - at) return false;
  for (std::size_t i = 0; i < h.old_lines.size(); ++i) {
    if (text[at + i] != h.old_lines[i]) return false;
  }
  return true;
}

std::optional<std::size_t> place_of(const std::vector<std::string_view>& text, std::size_t from, std::size_t wanted,
                                    const hunk& h) {
  for (std::size_t away = 0; away <= text.size(); ++away) {
    if (wanted + away <= text.size() && wanted + away >= from && fits(text, wanted + away, h)) return wanted + away;
    if (away <= wanted && wanted - away >= from && fits(text, wanted - away, h)) return wanted - away;
    if (h.old_lines.empty()) break;  // it would fit anywhere
  }
  return std::nullopt;
}

}  // namespace

cp::result<std::string> with_diff(std::string_view text, std::string_view diff) {
  BOOST_OUTCOME_TRY(const auto hunks, parsing(diff).run());
  const auto lines = lines_of(text);
  std::string out;
  out.reserve(text.size() + diff.size());
  std::size_t done = 0;  // lines of the old text
  std::ptrdiff_t shift = 0;
  for (const auto& h : hunks) {
    const auto wanted = static_cast<std::ptrdiff_t>(h.at) + shift;
    const auto at = place_of(lines, done, wanted < 0 ? 0 : static_cast<std::size_t>(wanted), h);
    if (!at) {
      return wrong(h.number, "(at line " + std::to_string(h.at + 1) + "): what it is to change is not there");
    }
    shift = static_cast<std::ptrdiff_t>(*at) - static_cast<std::ptrdiff_t>(h.at);
    for (; done < *at; ++done) out += lines[done];
    for (const auto& line : h.new_lines) {
      if (!out.empty() && !out.ends_with('\n')) out += '\n';
      out += line;
    }
    done += h.old_lines.size();
  }
  for (; done < lines.size(); ++done) out += lines[done];
  return out;
}

cp::result<std::string> diff_of(const std::string& path, std::string_view before, std::string_view after) {
  if (before == after) return std::string{};
  BOOST_OUTCOME_TRY(const auto old_bytes, memory_file::holding(before));
  BOOST_OUTCOME_TRY(const auto new_bytes, memory_file::holding(after));
  return output_of({"diff", "-u", "--label", "a/" + path, "--label", "b/" + path, old_bytes.path(), new_bytes.path()},
                   1);
}

}  // namespace command
