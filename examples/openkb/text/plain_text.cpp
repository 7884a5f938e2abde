#include "text/plain_text.hpp"

#include "terminal/utf8.hpp"
#include "text/ascii.hpp"
#include "text/end_finder.hpp"
#include "text/links.hpp"
#include "text/markdown_lines.hpp"
#include "text/npos.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace openkb {

namespace {

bool is_punctuation(char c) noexcept { return std::ispunct(static_cast<unsigned char>(c)) != 0; }

// The targets of links, with the parentheses around them, are gone; the brackets stay.
std::string without_targets(std::string_view markdown) {
  std::string text;
  std::size_t from = 0;
  for (const auto& l : find_links(markdown)) {
    if (l.begin <= from || markdown[l.begin - 1] != '(') continue;
    text += markdown.substr(from, l.begin - 1 - from);
    const auto close = markdown.find(')', l.end);
    from = close == npos ? markdown.size() : close + 1;
  }
  text += markdown.substr(from);
  return text;
}

// Removes marks, tags and escapes, one character at a time.
class unmarking {
 public:
  explicit unmarking(std::string_view text) : text_(text), ends_(text) {}

  std::string run() {
    while (at_ < text_.size()) step();
    return std::move(out_);
  }

 private:
  [[nodiscard]] char peek(std::size_t ahead) const noexcept {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
  }

  void step() {
    const char c = text_[at_];
    if (c == '\\' && is_punctuation(peek(1))) {
      out_ += peek(1);
      at_ += 2;
    } else if (c == '<' && (is_ascii_alphanumeric(peek(1)) || peek(1) == '/' || peek(1) == '!')) {
      tag();
    } else if (c == ']' && peek(1) == '[') {  // the label of a reference link
      const auto close = ends_.find("]", at_ + 1);
      at_ = close == npos ? at_ + 1 : close + 1;
    } else {
      if (!is_mark(c)) out_ += c;
      ++at_;
    }
  }

  void tag() {
    const bool comment = text_.substr(at_).starts_with("<!--");
    const auto close = ends_.find(comment ? "-->" : ">", at_);
    if (close == npos) {
      out_ += text_[at_++];
      return;
    }
    const auto inner = text_.substr(at_ + 1, close - at_ - 1);
    if (!comment && (is_absolute_url(inner) || inner.find('@') != npos)) out_ += inner;
    at_ = close + (comment ? 3 : 1);
  }

  [[nodiscard]] bool is_mark(char c) const noexcept {
    if (c == '*' || c == '`' || c == '[' || c == ']') return true;
    if (c == '!') return peek(1) == '[';
    if (c != '_') return false;
    return at_ == 0 || !is_ascii_alphanumeric(text_[at_ - 1]) || !is_ascii_alphanumeric(peek(1));
  }

  std::string_view text_;
  end_finder ends_;
  std::size_t at_ = 0;
  std::string out_;
};

// The entities that matter, and single spaces.
std::string tidied(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> entities{
      {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"}, {"&nbsp;", " "}, {"&quot;", "\""}, {"&#39;", "'"}}};
  std::string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto rest = text.substr(i);
    const auto* entity = std::ranges::find_if(entities, [&](const auto& e) { return rest.starts_with(e.first); });
    const auto piece = entity == entities.end() ? rest.substr(0, 1) : entity->second;
    i += entity == entities.end() ? 1 : entity->first.size();
    const bool space = piece[0] == ' ' || piece[0] == '\n' || piece[0] == '\t' || piece[0] == '\r';
    if (!space)
      out += piece;
    else if (!out.empty() && out.back() != ' ')
      out += ' ';
  }
  return std::string(trimmed(out));
}

// A period there does not end a sentence.
bool is_abbreviation(std::string_view before) {
  constexpr std::array<std::string_view, 15> known{"e.g", "i.e", "etc", "cf",  "vs", "dr",   "mr",    "mrs",
                                                   "ms",  "st",  "no",  "fig", "al", "prof", "approx"};
  const auto space = before.find_last_of(" (");
  const auto word = space == npos ? before : before.substr(space + 1);
  if (word.size() == 1 && std::isupper(static_cast<unsigned char>(word[0])) != 0) return true;  // an initial
  const auto small = utf8::lowered(word);
  return std::ranges::any_of(known, [&](auto k) { return k == small; });
}

bool ends_sentence(std::string_view text, std::size_t i) {
  if (text[i] != '.' && text[i] != '!' && text[i] != '?') return false;
  const auto next = text.find_first_not_of("\"')", i + 1);
  if (next == npos) return true;
  if (text[next] != ' ') return false;
  const auto following = text.find_first_not_of(" \"'(", next);
  if (following == npos) return true;
  if (std::islower(static_cast<unsigned char>(text[following])) != 0) return false;
  return text[i] != '.' || !is_abbreviation(text.substr(0, i));
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first == npos ? std::string_view{} : text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::string plain_text(std::string_view markdown) {
  const auto text = without_targets(markdown);
  return tidied(unmarking(text).run());
}

std::vector<std::string> sentences_of(std::string_view paragraph) {
  std::vector<std::string> out;
  std::size_t from = 0;
  const auto add = [&](std::size_t to) {
    const auto sentence = trimmed(paragraph.substr(from, to - from));
    if (!sentence.empty()) out.emplace_back(sentence);
    from = to;
  };
  for (std::size_t i = 0; i < paragraph.size(); ++i) {
    if (!ends_sentence(paragraph, i)) continue;
    i = std::min(paragraph.find(' ', i), paragraph.size());
    add(i);
  }
  add(paragraph.size());
  return out;
}

std::string escaped(std::string_view plain) {
  std::string kept;
  for (const char c : plain) {
    const bool blank = c == '\n' || c == '\r' || c == '\t';
    if (blank || static_cast<unsigned char>(c) >= 0x20) kept += blank ? ' ' : c;
  }
  std::string out;
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const char c = kept[i];
    const bool entity = c == '&' && i + 1 < kept.size() && (kept[i + 1] == '#' || is_ascii_alphanumeric(kept[i + 1]));
    if (c == '<') {
      out += "&lt;";
    } else if (entity) {
      out += "&amp;";
    } else {
      if (std::string_view("\\`*_[]").find(c) != npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string block_safe(std::string paragraph) {
  if (const auto marker = list_marker(paragraph); marker > 0) paragraph.insert(marker - 2, "\\");
  if (paragraph.starts_with('#') || paragraph.starts_with('>')) paragraph.insert(0, "\\");
  return paragraph;
}

std::string code_span(std::string_view text) {
  std::string inner;
  std::size_t longest = 0;
  std::size_t run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
    inner += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? '?' : c;
  }
  const std::string fence(longest + 1, '`');
  return longest == 0 ? fence + inner + fence : fence + ' ' + inner + ' ' + fence;
}

std::string abridged(std::string_view plain, std::size_t bytes) {
  if (plain.size() <= bytes) return std::string(plain);
  auto cut = utf8::shortened(plain, bytes);
  if (const auto space = cut.rfind(' '); space != npos && space > bytes / 2) cut = cut.substr(0, space);
  return std::string(trimmed(cut)) + "…";
}

std::string counted(std::size_t n, std::string_view one, std::string_view many) {
  return std::to_string(n) + ' ' + std::string(n == 1 ? one : many);
}

}  // namespace openkb
