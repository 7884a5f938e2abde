#include "converters/hyphenation.hpp"

#include "terminal/utf8.hpp"
#include "text/npos.hpp"
#include "text/plain_text.hpp"
#include "text/text_lines.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace openkb {

namespace {

constexpr std::size_t longest_line = 1000;  // bytes; what is longer was not divided by a typesetter
constexpr std::size_t longest_word = 80;    // bytes
constexpr std::string_view soft_hyphen = "\xC2\xAD";
constexpr std::array<std::string_view, 3> hyphens{"-", "\xE2\x80\x90", soft_hyphen};

bool is_lower_case(std::string_view text) noexcept {
  if (text.empty()) return false;
  const auto c = utf8::decode(text, 0);
  const bool digit = c.code >= '0' && c.code <= '9';
  return c.valid && !digit && utf8::is_word(c.code) && !utf8::is_upper(c.code);
}

// Of a word, hyphens included.
bool is_part(char32_t c) noexcept { return utf8::is_word(c) || c == '-' || c == '\'' || c == 0x2019 || c == 0x2010; }

// The part of a text that can be one word, from its beginning.
std::size_t word_size(std::string_view text) noexcept {
  std::size_t size = 0;
  while (size < text.size()) {
    const auto c = utf8::decode(text, size);
    if (!is_part(c.code)) break;
    size += c.size;
  }
  return size;
}

std::string_view last_word(std::string_view text) noexcept {
  std::size_t begin = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = utf8::decode(text, at);
    at += c.size;
    if (!is_part(c.code)) begin = at;
  }
  return text.substr(begin);
}

// A line that ends in a divided word: the line without the hyphen, and the word's first part.
struct division {
  std::string_view line;
  std::string_view run;  // everything since the last blank
  std::string_view head;
  std::string_view hyphen;
};

std::optional<division> division_of(std::string_view line) {
  line = right_trimmed(line);
  if (line.size() > longest_line) return std::nullopt;
  const auto* const hyphen = std::ranges::find_if(hyphens, [&](auto h) { return line.ends_with(h); });
  if (hyphen == hyphens.end()) return std::nullopt;
  division out{line.substr(0, line.size() - hyphen->size()), {}, {}, *hyphen};
  const auto blank = out.line.find_last_of(" \t");
  out.run = out.line.substr(blank == npos ? 0 : blank + 1);
  out.head = last_word(out.run);
  // Addresses, names of files and options mean every character.
  const bool plain =
      out.run.find_first_of("/\\@_:") == npos && !out.run.starts_with('-') && !out.run.starts_with("www.");
  const bool ends_in_letter = out.head.size() > 1 && out.head.size() < longest_word && !out.head.ends_with('-') &&
                              std::string_view("0123456789'").find(out.head.back()) == npos;
  return plain && ends_in_letter ? std::optional(out) : std::nullopt;
}

// `pre- and postconditions`
bool goes_on_alone(std::string_view tail) {
  constexpr std::array<std::string_view, 11> words{"and", "or",  "to", "nor", "und", "oder",
                                                   "bis", "bzw", "et", "ou",  "y"};
  return std::ranges::find(words, tail) != words.end();
}

// Where a divided word goes on: what is in the next line of it. Empty when it does not.
std::string_view tail_in(std::string_view next) {
  const auto text = trimmed(next);
  if (!is_lower_case(text)) return {};
  const auto tail = text.substr(0, word_size(text));
  return goes_on_alone(tail) ? std::string_view{} : tail;
}

std::string without_soft_hyphens(std::string_view text) {
  std::string out;
  for (;;) {
    const auto at = text.find(soft_hyphen);
    out += text.substr(0, at);
    if (at == npos) return out;
    text.remove_prefix(at + soft_hyphen.size());
  }
}

bool is_shouted(std::string_view word) {
  for (std::size_t at = 0; at < word.size();) {
    const auto c = utf8::decode(word, at);
    if (utf8::is_word(c.code) && !utf8::is_upper(c.code)) return false;
    at += c.size;
  }
  return true;
}

std::string whole(std::string_view head, std::string_view between, std::string_view tail) {
  return utf8::lowered(std::string(head).append(between).append(tail));
}

}  // namespace

hyphenation::hyphenation(const std::vector<std::string_view>& pages) {
  for (const auto page : pages) {
    const auto lines = lines_of(page);
    for (std::size_t i = 0; i + 1 < lines.size(); ++i) {
      const auto divided = division_of(lines[i]);
      const auto tail = divided ? tail_in(lines[i + 1]) : std::string_view{};
      if (tail.empty()) continue;
      seen_.try_emplace(whole(divided->head, "", tail), 0);
      seen_.try_emplace(whole(divided->head, "-", tail), 0);
    }
  }
  if (seen_.empty()) return;
  for (const auto page : pages) {
    for (std::size_t at = 0; at < page.size();) {
      const auto size = word_size(page.substr(at));
      const auto known = size == 0 ? seen_.end() : seen_.find(utf8::lowered(page.substr(at, size)));
      if (known != seen_.end()) ++known->second;
      at += size == 0 ? utf8::decode(page, at).size : size;
    }
  }
}

bool hyphenation::keeps_hyphen(std::string_view head, std::string_view tail) const {
  if (head.find('-') != npos || tail.find('-') != npos) return true;  // state-of-the-art
  if (is_shouted(head)) return true;                                  // XML-based
  const auto times = [&](std::string_view between) {
    const auto found = seen_.find(whole(head, between, tail));
    return found == seen_.end() ? 0 : found->second;
  };
  return times("-") > 0 && times("-") >= times("");
}

std::string hyphenation::joined(std::string_view page) const {
  std::string out;
  const auto lines = lines_of(page);
  if (lines.empty()) return out;
  std::string line(lines.front());
  const auto finish = [&](std::string_view finished) { out += without_soft_hyphens(finished) + '\n'; };
  for (std::size_t next = 1; next < lines.size(); ++next) {
    const auto divided = division_of(line);
    const auto tail = divided ? tail_in(lines[next]) : std::string_view{};
    if (tail.empty()) {
      finish(line);
      line = lines[next];
      continue;
    }
    // What belongs to the word moves up, with its punctuation; the next line has the rest, if there is one.
    const auto text = trimmed(lines[next]);
    const auto end = std::min(text.find_first_of(" \t"), text.size());
    const bool keep = divided->hyphen != soft_hyphen && keeps_hyphen(divided->head, tail);
    auto first = std::string(divided->line) + (keep ? "-" : "") + std::string(text.substr(0, end));
    const auto rest = trimmed(text.substr(end));
    if (rest.empty()) {
      line = std::move(first);
    } else {
      finish(first);
      line = rest;
    }
  }
  finish(line);
  return out;
}

}  // namespace openkb
