#include "text/words.hpp"

#include "terminal/utf8.hpp"
#include "text/npos.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::string_view blanks = " \t\n\r";

bool is_apostrophe(char32_t c) noexcept { return c == '\'' || c == 0x2019; }
bool is_inner(char32_t c) noexcept { return c == '-' || c == '_' || is_apostrophe(c); }
bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_small_letter(char c) noexcept { return c >= 'a' && c <= 'z'; }
bool is_capital(char c) noexcept { return c >= 'A' && c <= 'Z'; }

bool is_shouted(std::string_view text) noexcept {
  std::size_t capitals = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = utf8::decode(text, i);
    i += c.size;
    if (utf8::is_upper(c.code))
      ++capitals;
    else if (c.code < '0' || c.code > '9')
      return false;
  }
  return capitals >= 2;
}

// A capital behind a small letter: fooBar, but neither OpenSSL nor McCarthy, which begin with a capital.
bool is_camel(std::string_view token) noexcept {
  if (token.empty() || !is_small_letter(token[0])) return false;
  return std::ranges::any_of(token, is_capital);
}

std::string_view without_marks_around(std::string_view token) noexcept {
  constexpr std::string_view marks = "\"'`([{<>}])*,;:.!?\x80\x98\x99\x9c\x9d\xe2";  // and the quotes of typesetters
  const auto first = token.find_first_not_of("\"'`([{<*\x80\x98\x99\x9c\x9d\xe2");
  if (first == npos) return {};
  return token.substr(first, token.find_last_not_of(marks) + 1 - first);
}

// Whether what stands between two blanks is more than words: /etc/fstab, --all, foo.c, fork(2), a_b, 10:30, x=1.
bool is_code(std::string_view token) noexcept {
  if (token.starts_with('-') && token.size() > 1 && token.find_first_not_of('-') != npos) return true;
  const auto bare = without_marks_around(token);
  if (bare.find_first_of("/\\@_=<>{}$#%&*+~^|()[]`") != npos || bare.find("::") != npos || is_camel(bare)) return true;
  if (token.starts_with('.') && bare.size() > 1 && !token.starts_with("..")) return true;
  for (std::size_t i = 1; i + 1 < bare.size(); ++i) {
    if (bare[i] == '.' || bare[i] == ':') return true;
  }
  return false;
}

// `'s` at the end; in any other place an apostrophe belongs to the word.
std::string_view without_possessive(std::string_view word) noexcept {
  for (const std::string_view ending : {"'s", "\u2019s", "'S", "\u2019S"}) {
    if (word.size() > ending.size() && word.ends_with(ending)) return word.substr(0, word.size() - ending.size());
  }
  return word;
}

class splitting {
 public:
  splitting(std::string_view sentence, std::span<const text_range> code) : sentence_(sentence), code_(code) {}

  std::vector<word> run() {
    for (std::size_t i = 0; i < sentence_.size();) {
      const auto begin = sentence_.find_first_not_of(blanks, i);
      if (begin == npos) break;
      i = std::min(sentence_.find_first_of(blanks, begin), sentence_.size());
      add_token(begin, i);
    }
    return std::move(out_);
  }

 private:
  void add_token(std::size_t begin, std::size_t end) {
    const auto token = sentence_.substr(begin, end - begin);
    if (token.find("://") != npos) {
      cut_ = true;
      return;
    }
    const bool code = is_code(token);
    for (auto i = begin; i < end;) {
      const auto c = utf8::decode(sentence_, i);
      if (utf8::is_word(c.code)) {
        i = add_word(i, end, code);
      } else {
        i += c.size;
      }
    }
  }

  std::size_t add_word(std::size_t begin, std::size_t most, bool code) {
    auto end = begin;
    for (auto i = begin; i < most;) {
      const auto c = utf8::decode(sentence_, i);
      if (!utf8::is_word(c.code) && !is_inner(c.code)) break;
      i += c.size;
      if (utf8::is_word(c.code)) end = i;
    }
    const auto text = without_possessive(sentence_.substr(begin, end - begin));
    const auto between = sentence_.substr(last_end_, begin - last_end_);
    out_.push_back({.text = text,
                    .small = utf8::lowered(text),
                    .joined = !cut_ && between.find_first_not_of(blanks) == npos,
                    .capitalised = utf8::is_upper(utf8::decode(text, 0).code),
                    .shouted = is_shouted(text),
                    .number = std::ranges::any_of(text, is_digit),
                    .code = code || is_marked(begin)});
    last_end_ = end;
    cut_ = false;
    return end;
  }

  bool is_marked(std::size_t at) noexcept {
    while (next_code_ < code_.size() && code_[next_code_].end <= at) ++next_code_;
    return next_code_ < code_.size() && code_[next_code_].begin <= at;
  }

  std::string_view sentence_;
  std::span<const text_range> code_;
  std::size_t next_code_ = 0;
  std::size_t last_end_ = 0;
  bool cut_ = true;  // by the beginning, or by a URL
  std::vector<word> out_;
};

}  // namespace

std::vector<word> words_of(std::string_view sentence, std::span<const text_range> code) {
  return splitting(sentence, code).run();
}

}  // namespace openkb
