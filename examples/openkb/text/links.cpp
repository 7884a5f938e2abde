#include "text/links.hpp"

#include "text/markdown_lines.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t none = std::string_view::npos;
constexpr std::size_t longest_tag = 4096;
constexpr std::size_t longest_label = 1000;
constexpr std::size_t deepest_parentheses = 32;  // in a target, as in other readers of Markdown

bool is_ascii_alpha(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n'; }

// Backslash escapes and the one entity that stands in targets.
std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && std::ispunct(static_cast<unsigned char>(text[i + 1])) != 0) ++i;
    out += text[i];
    if (text.substr(i).starts_with("&amp;")) i += 4;
  }
  return out;
}

// One paragraph-sized run of text, from `begin` to `end`, is read character by character.
class scanner {
 public:
  scanner(std::string_view text, std::vector<link>& found, std::set<std::string>& image_references)
      : text_(text), found_(found), image_references_(image_references) {}

  void run(std::size_t begin, std::size_t end) {
    end_ = end;
    open_.clear();
    absent_.clear();
    for (at_ = begin; at_ < end_;) step();
  }

 private:
  struct bracket {
    std::size_t at;
    bool image;
  };

  void step() {
    switch (text_[at_]) {
      case '\\': at_ += 2; break;
      case '`': pass_code(); break;
      case '<': pass_angle(); break;
      case '[':
        open_.push_back({at_, at_ > 0 && text_[at_ - 1] == '!'});
        ++at_;
        break;
      case ']': close(); break;
      default: ++at_;
    }
  }

  [[nodiscard]] bool at(std::size_t i, char c) const noexcept { return i < end_ && text_[i] == c; }
  [[nodiscard]] std::size_t run_of(char c, std::size_t i) const noexcept {
    std::size_t n = 0;
    while (at(i + n, c)) ++n;
    return n;
  }

  // A code span ends at a run of as many backticks as it began with; without one the backticks are text.
  void pass_code() {
    const auto ticks = run_of('`', at_);
    for (auto i = at_ + ticks; i < end_;) {
      const auto run = run_of('`', i);
      if (run == ticks) {
        at_ = i + run;
        return;
      }
      i += std::max<std::size_t>(run, 1);
    }
    at_ += ticks;
  }

  void pass_angle() {
    const auto rest = text_.substr(at_, std::min(end_ - at_, longest_tag));
    if (rest.starts_with("<!--")) {
      const auto close = text_.substr(at_, end_ - at_).find("-->");
      at_ = close == none ? end_ : at_ + close + 3;
      return;
    }
    const auto close = rest.find('>');
    if (close == none || rest.size() < 2 || !(is_ascii_alpha(rest[1]) || rest[1] == '/')) {
      ++at_;
      return;
    }
    tag(at_, at_ + close);
    at_ += close + 1;
  }

  void tag(std::size_t begin, std::size_t end) {
    auto name_end = begin + 1;
    while (name_end < end && is_ascii_alpha(text_[name_end])) ++name_end;
    const auto name = utf8::lowered(text_.substr(begin + 1, name_end - begin - 1));
    if (name == "img") attribute(name_end, end, "src", true);
    if (name == "a") attribute(name_end, end, "href", false);
  }

  void attribute(std::size_t begin, std::size_t end, std::string_view wanted, bool image) {
    for (auto i = begin; i < end;) {
      while (i < end && (is_space(text_[i]) || text_[i] == '/')) ++i;
      const auto name_begin = i;
      while (i < end && !is_space(text_[i]) && text_[i] != '=') ++i;
      const auto name = utf8::lowered(text_.substr(name_begin, i - name_begin));
      if (i >= end || text_[i] != '=') continue;
      ++i;
      const char quote = i < end && (text_[i] == '"' || text_[i] == '\'') ? text_[i] : '\0';
      if (quote != '\0') ++i;
      const auto value = i;
      while (i < end && (quote != '\0' ? text_[i] != quote : !is_space(text_[i]))) ++i;
      if (name == wanted) found_.push_back({value, i, unescaped(text_.substr(value, i - value)), image});
      if (quote != '\0') ++i;
    }
  }

  void close() {
    ++at_;
    if (open_.empty()) return;
    const auto from = open_.back();
    open_.pop_back();
    const auto label = text_.substr(from.at + 1, at_ - from.at - 2);
    if (at(at_, '(') && destination(at_ + 1, from.image)) return;
    if (!from.image) return;
    const auto second = at(at_, '[') ? text_.substr(at_, std::min(end_ - at_, longest_label)).find(']') : none;
    const bool full = second != none && second > 1;
    if (!full && label.size() > longest_label) return;
    image_references_.insert(utf8::lowered(full ? text_.substr(at_ + 1, second - 1) : label));
  }

  // `( target "title" )`, from behind the parenthesis.
  bool destination(std::size_t i, bool image) {
    i = skip_space(i);
    const auto found = parse_target(i);
    if (!found) return false;
    i = skip_space(found->after);
    if (at(i, '"') || at(i, '\'') || at(i, '(')) i = skip_title(i);
    if (!at(i, ')')) return false;
    found_.push_back({found->begin, found->end, unescaped(found->text), image});
    at_ = i + 1;
    return true;
  }

  struct target {
    std::size_t begin;
    std::size_t end;
    std::size_t after;
    std::string_view text;
  };

  [[nodiscard]] std::optional<target> parse_target(std::size_t begin) {
    if (at(begin, '<')) {
      const auto i = find_close('>', begin + 1);
      if (i == none) return std::nullopt;
      return target{begin, i + 1, i + 1, text_.substr(begin + 1, i - begin - 1)};
    }
    std::size_t depth = 0;
    auto i = begin;
    for (; i < end_ && !is_space(text_[i]); ++i) {
      if (text_[i] == '\\')
        ++i;
      else if (text_[i] == '(' && ++depth > deepest_parentheses)
        return std::nullopt;
      else if (text_[i] == ')' && depth-- == 0)
        break;
    }
    i = std::min(i, end_);
    return target{begin, i, i, text_.substr(begin, i - begin)};
  }

  [[nodiscard]] std::size_t skip_space(std::size_t i) const noexcept {
    while (i < end_ && is_space(text_[i])) ++i;
    return i;
  }
  [[nodiscard]] std::size_t skip_title(std::size_t i) {
    const auto close = find_close(text_[i] == '(' ? ')' : text_[i], i + 1);
    return close == none ? end_ : skip_space(close + 1);
  }
  // Where the next one stands that is not escaped; `>` in the same line. What is not there is not looked for again from
  // a place in between, so that beginnings without ends take no time to the square.
  [[nodiscard]] std::size_t find_close(char c, std::size_t from) {
    auto& [begin, end] = absent_[c];
    if (from >= begin && from < end) return none;
    auto i = from;
    for (; i < end_ && text_[i] != c && (c != '>' || text_[i] != '\n'); ++i) {
      if (text_[i] == '\\') ++i;
    }
    if (at(i, c)) return i;
    begin = from;
    end = i;
    return none;
  }

  std::string_view text_;
  std::vector<link>& found_;
  std::set<std::string>& image_references_;
  std::vector<bracket> open_;
  std::map<char, std::pair<std::size_t, std::size_t>> absent_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

struct definition {
  std::string label;
  link to;
};

// `[label]: target` at the head of a line.
std::optional<definition> definition_in(std::string_view markdown, std::size_t begin, std::size_t end) {
  const auto line = markdown.substr(begin, end - begin);
  const auto bracket = line.find_first_not_of(' ');
  if (bracket == none || bracket > 3 || line[bracket] != '[') return std::nullopt;
  const auto close = line.find("]:", bracket);
  if (close == none || close == bracket + 1 || line[bracket + 1] == '^') return std::nullopt;
  auto from = line.find_first_not_of(" \t", close + 2);
  if (from == none) return std::nullopt;
  const bool angled = line[from] == '<';
  const auto to = angled ? line.find('>', from) : std::min(line.find_first_of(" \t\r\n", from), line.size());
  if (to == none) return std::nullopt;
  const auto text = angled ? line.substr(from + 1, to - from - 1) : line.substr(from, to - from);
  return definition{utf8::lowered(line.substr(bracket + 1, close - bracket - 1)),
                    {begin + from, begin + to + (angled ? 1 : 0), unescaped(text), false}};
}

// An inline link as a whole, and what it shows.
struct inline_link {
  std::size_t begin;
  std::size_t end;
  std::string_view text;
};

std::optional<inline_link> words_of_link(std::string_view markdown, const link& l) {
  auto open = l.begin;
  if (open > 0 && markdown[open - 1] == '<') --open;
  while (open > 0 && markdown[open - 1] == ' ') --open;
  if (open < 3 || markdown.substr(open - 2, 2) != "](") return std::nullopt;
  const auto close = open - 2;
  std::size_t depth = 1;
  auto begin = close;
  while (begin > 0 && depth > 0) {
    --begin;
    const bool is_escaped = begin > 0 && markdown[begin - 1] == '\\';
    if (!is_escaped && markdown[begin] == ']') ++depth;
    if (!is_escaped && markdown[begin] == '[') --depth;
  }
  const auto end = markdown.find(')', l.end);
  if (depth > 0 || end == std::string_view::npos) return std::nullopt;
  const auto text = markdown.substr(begin + 1, close - begin - 1);
  if (l.image && begin > 0 && markdown[begin - 1] == '!') --begin;
  return inline_link{begin, end + 1, text};
}

}  // namespace

std::vector<link> find_links(std::string_view markdown) {
  std::vector<link> found;
  std::vector<definition> definitions;
  std::set<std::string> image_references;
  scanner scan(markdown, found, image_references);
  std::size_t begin = none;  // of the paragraph that is being gathered
  const auto flush = [&](std::size_t end) {
    if (begin != none) scan.run(begin, end);
    begin = none;
  };
  for (markdown_lines lines(markdown); lines.next();) {
    if (lines.kind() != markdown_lines::line_kind::text) {
      flush(lines.begin());
    } else if (const auto d = definition_in(markdown, lines.begin(), lines.end())) {
      flush(lines.begin());
      definitions.push_back(*d);
    } else {
      if (!lines.continues()) flush(lines.begin());
      if (begin == none) begin = lines.begin();
    }
  }
  flush(markdown.size());
  for (auto& d : definitions) {
    d.to.image = image_references.contains(d.label);
    found.push_back(d.to);
  }
  std::ranges::sort(found, {}, &link::begin);
  return found;
}

std::string without_links(std::string_view markdown, const std::function<bool(const link& l)>& is_gone) {
  std::string out;
  std::size_t from = 0;
  for (const auto& l : find_links(markdown)) {
    if (l.begin < from || !is_gone(l)) continue;
    const auto words = words_of_link(markdown, l);
    if (!words || words->begin < from) continue;
    out.append(markdown.substr(from, words->begin - from)).append(words->text);
    from = words->end;
  }
  return out.append(markdown.substr(from));
}

bool is_absolute_url(std::string_view target) noexcept {
  if (target.starts_with("//")) return true;
  const auto colon = target.find(':');
  if (colon == none || colon < 2 || !is_ascii_alpha(target[0])) return false;
  return std::ranges::all_of(target.substr(0, colon), [](char c) {
    return is_ascii_alpha(c) || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

std::string encoded_target(std::string_view file_path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view unsafe = " ()<>[]\\\"'`%?#*&|";
  std::string out;
  for (const char c : file_path) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte > 0x20 && byte != 0x7F && unsafe.find(c) == none) {
      out += c;
    } else {
      out += '%';
      out += digits[byte >> 4U];
      out += digits[byte & 15U];
    }
  }
  return out;
}

std::string decoded_target(std::string_view target) {
  const auto value = [](char c) -> int {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
  };
  std::string out;
  for (std::size_t i = 0; i < target.size(); ++i) {
    const bool long_enough = target[i] == '%' && i + 2 < target.size();
    const bool coded = long_enough && value(target[i + 1]) >= 0 && value(target[i + 2]) >= 0;
    out += coded ? static_cast<char>(value(target[i + 1]) * 16 + value(target[i + 2])) : target[i];
    if (coded) i += 2;
  }
  return out;
}

}  // namespace openkb
