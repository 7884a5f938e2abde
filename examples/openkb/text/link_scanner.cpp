#include "text/link_scanner.hpp"

#include "terminal/utf8.hpp"
#include "text/ascii.hpp"
#include "text/npos.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::size_t longest_tag = 4096;
constexpr std::size_t longest_label = 1000;
constexpr std::size_t longest_wiki_link = 1000;
constexpr std::size_t deepest_parentheses = 32;  // in a target, as in other readers of Markdown

bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n'; }

// `page#heading`; not what only looks like it, such as an array of numbers or a test of a shell.
std::optional<wiki_link> wiki_target(std::string_view text) {
  const bool blank = text.empty() || is_space(text.front()) || is_space(text.back());
  if (blank || text.find_first_of("[]\n<>") != npos || text.find("--") != npos) return std::nullopt;
  wiki_link out;
  const auto hash = std::min(text.find('#'), text.size());
  out.target = text.substr(0, hash);
  if (hash < text.size()) out.heading = text.substr(hash + 1);
  return out;
}

}  // namespace

// Backslash escapes and the one entity that stands in targets.
std::string unescaped_target(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && std::ispunct(static_cast<unsigned char>(text[i + 1])) != 0) ++i;
    out += text[i];
    if (text.substr(i).starts_with("&amp;")) i += 4;
  }
  return out;
}

void link_scanner::run(std::size_t begin, std::size_t end) {
  begin_ = begin;
  end_ = end;
  open_.clear();
  absent_.clear();
  for (at_ = begin; at_ < end_;) step();
}

void link_scanner::step() {
  switch (text_[at_]) {
    case '\\': at_ += 2; break;
    case '`': pass_code(); break;
    case '<': pass_angle(); break;
    case '[': open(); break;
    case ']': close(); break;
    default: ++at_;
  }
}

std::size_t link_scanner::run_of(char c, std::size_t i) const noexcept {
  std::size_t n = 0;
  while (at(i + n, c)) ++n;
  return n;
}

// A code span ends at a run of as many backticks as it began with; without one the backticks are text.
void link_scanner::pass_code() {
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

void link_scanner::pass_angle() {
  const auto rest = text_.substr(at_, std::min(end_ - at_, longest_tag));
  if (rest.starts_with("<!--")) {
    const auto close = text_.substr(at_, end_ - at_).find("-->");
    if (close != npos) mark(text_.substr(at_, close), at_ + close + 3);
    at_ = close == npos ? end_ : at_ + close + 3;
    return;
  }
  const auto close = rest.find('>');
  if (close == npos || rest.size() < 2 || !(is_ascii_alpha(rest[1]) || rest[1] == '/')) {
    ++at_;
    return;
  }
  tag(at_, at_ + close);
  at_ += close + 1;
}

void link_scanner::tag(std::size_t begin, std::size_t end) {
  auto name_end = begin + 1;
  while (name_end < end && is_ascii_alpha(text_[name_end])) ++name_end;
  const auto name = utf8::lowered(text_.substr(begin + 1, name_end - begin - 1));
  if (name == "img") attribute(name_end, end, "src", true);
  if (name == "a") attribute(name_end, end, "href", false);
}

void link_scanner::attribute(std::size_t begin, std::size_t end, std::string_view wanted, bool image) {
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
    if (name == wanted) found_.links.push_back({value, i, unescaped_target(text_.substr(value, i - value)), image});
    if (quote != '\0') ++i;
  }
}

void link_scanner::close() {
  ++at_;
  if (open_.empty()) return;
  const auto from = open_.back();
  open_.pop_back();
  const auto label = text_.substr(from.at + 1, at_ - from.at - 2);
  if (at(at_, '(') && destination(from)) return;
  if (!from.image) return;
  const auto second = at(at_, '[') ? text_.substr(at_, std::min(end_ - at_, longest_label)).find(']') : npos;
  const bool full = second != npos && second > 1;
  if (!full && label.size() > longest_label) return;
  found_.image_references.insert(utf8::lowered(full ? text_.substr(at_ + 1, second - 1) : label));
}

// `( target "title" )`, from behind the bracket that closes the words.
bool link_scanner::destination(const bracket& from) {
  auto i = skip_space(at_ + 1);
  const auto found = parse_target(i);
  if (!found) return false;
  i = skip_space(found->after);
  if (at(i, '"') || at(i, '\'') || at(i, '(')) i = skip_title(i);
  if (!at(i, ')')) return false;
  found_.links.push_back({.begin = found->begin,
                          .end = found->end,
                          .target = unescaped_target(found->text),
                          .image = from.image,
                          .whole_begin = from.image ? from.at - 1 : from.at,
                          .whole_end = i + 1,
                          .words_begin = from.at + 1,
                          .words_end = at_ - 1});
  at_ = i + 1;
  return true;
}

std::optional<link_scanner::target> link_scanner::parse_target(std::size_t begin) {
  if (at(begin, '<')) {
    const auto i = find_close('>', begin + 1);
    if (i == npos) return std::nullopt;
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

std::size_t link_scanner::skip_space(std::size_t i) const noexcept {
  while (i < end_ && is_space(text_[i])) ++i;
  return i;
}

std::size_t link_scanner::skip_title(std::size_t i) {
  const auto close = find_close(text_[i] == '(' ? ')' : text_[i], i + 1);
  return close == npos ? end_ : skip_space(close + 1);
}

// Where the next one stands that is not escaped; `>` in the same line. What is not there is not looked for again from
// a place in between, so that beginnings without ends take no time to the square.
std::size_t link_scanner::find_close(char c, std::size_t from) {
  auto& [begin, end] = absent_[c];
  if (from >= begin && from < end) return npos;
  auto i = from;
  for (; i < end_ && text_[i] != c && (c != '>' || text_[i] != '\n'); ++i) {
    if (text_[i] == '\\') ++i;
  }
  if (at(i, c)) return i;
  begin = from;
  end = i;
  return npos;
}

void link_scanner::open() {
  if (at(at_ + 1, '[') && pass_wiki_link()) return;
  open_.push_back({at_, at_ > 0 && text_[at_ - 1] == '!'});
  ++at_;
}

// `[[1]](https://...)` is a link of Markdown with brackets in its words.
bool link_scanner::pass_wiki_link() {
  const auto inner = text_.substr(at_ + 2, std::min(end_ - at_ - 2, longest_wiki_link));
  const auto close = inner.find(']');
  const auto after = at_ + 2 + close + 2;
  if (close == npos || !inner.substr(close).starts_with("]]") || at(after, '(') || at(after, '[')) return false;
  const auto text = inner.substr(0, close);
  const auto pipe = std::min(text.find('|'), text.size());
  // In a table the pipe is escaped.
  const bool in_table = pipe < text.size() && pipe > 0 && text[pipe - 1] == '\\';
  auto found = wiki_target(text.substr(0, in_table ? pipe - 1 : pipe));
  const auto words = text.substr(std::min(pipe + 1, text.size()));
  if (!found || words.find_first_of("[\n<") != npos || words.find("--") != npos) return false;
  found->embedded = at_ > begin_ && text_[at_ - 1] == '!';
  found->begin = found->embedded ? at_ - 1 : at_;
  found->end = after;
  found->words = words;
  found->in_table = in_table;
  found_.wiki_links.push_back(*std::move(found));
  at_ = after;
  return true;
}

// `words<!--[[page#heading]]words-->`
void link_scanner::mark(std::string_view comment, std::size_t end) {
  constexpr std::string_view begins = "<!--[[";
  const auto close = comment.find("]]");
  if (!comment.starts_with(begins) || close == npos) return;
  auto found = wiki_target(comment.substr(begins.size(), close - begins.size()));
  const auto words = comment.substr(close + 2);
  if (!found || words.empty() || !text_.substr(begin_, at_ - begin_).ends_with(words)) return;
  found->marked = true;
  found->begin = at_ - words.size();
  found->end = end;
  found->words = words;
  found_.wiki_links.push_back(*std::move(found));
}

}  // namespace openkb
