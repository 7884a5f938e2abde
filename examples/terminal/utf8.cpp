#include "terminal/utf8.hpp"

#include <algorithm>
#include <array>

namespace utf8 {

namespace {

constexpr char32_t replacement = 0xFFFD;

struct range {
  char32_t first;
  char32_t last;
};

// Beyond ASCII a character counts as part of a word unless it is one of these: punctuation, spaces, arrows, symbols.
constexpr std::array<range, 12> not_words{{{0x80, 0xA9},
                                           {0xAB, 0xB4},
                                           {0xB6, 0xB9},
                                           {0xBB, 0xBF},
                                           {0xD7, 0xD7},
                                           {0xF7, 0xF7},
                                           {0x2000, 0x206F},
                                           {0x20A0, 0x20CF},
                                           {0x2190, 0x2BFF},
                                           {0x3000, 0x303F},
                                           {0xFE00, 0xFE0F},
                                           {0xFF00, 0xFF0F}}};

bool is_ascii_word(char32_t c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

char32_t lower(char32_t c) noexcept {
  if (c >= 'A' && c <= 'Z') return c + 32;
  if ((c >= 0xC0 && c <= 0xDE && c != 0xD7) || (c >= 0x391 && c <= 0x3A9) || (c >= 0x410 && c <= 0x42F)) return c + 32;
  if (c >= 0x400 && c <= 0x40F) return c + 80;
  return c;
}

}  // namespace

character decode(std::string_view text, std::size_t at) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto first = byte(at);
  if (first < 0x80) return {first, 1, true};
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || at + size > text.size()) return {replacement, 1, false};
  char32_t code = first & (0x7FU >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(at + i) & 0xC0U) != 0x80) return {replacement, 1, false};
    code = (code << 6U) | (byte(at + i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest[size] || surrogate || code > 0x10FFFF) return {replacement, 1, false};
  return {code, size, true};
}

std::size_t first_error(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size();) {
    const auto c = decode(text, i);
    if (!c.valid) return i;
    i += c.size;
  }
  return std::string_view::npos;
}

void append(std::string& text, char32_t code) {
  const auto put = [&](char32_t bits) { text += static_cast<char>(static_cast<unsigned char>(bits)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) {
    put(0xC0 | (code >> 6U));
  } else if (code < 0x10000) {
    put(0xE0 | (code >> 12U));
    put(0x80 | ((code >> 6U) & 0x3F));
  } else {
    put(0xF0 | (code >> 18U));
    put(0x80 | ((code >> 12U) & 0x3F));
    put(0x80 | ((code >> 6U) & 0x3F));
  }
  put(0x80 | (code & 0x3F));
}

std::u32string characters_of(std::string_view text) {
  std::u32string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = decode(text, i);
    out += c.code;
    i += c.size;
  }
  return out;
}

bool is_word(char32_t code) noexcept {
  if (code < 0x80) return is_ascii_word(code);
  if (code >= 0xFFF0 && code <= 0xFFFF) return false;
  if (code >= 0xE000 && code <= 0xF8FF) return false;
  if (code >= 0x1F000) return false;
  return std::ranges::none_of(not_words, [&](range r) { return code >= r.first && code <= r.last; });
}

bool is_upper(char32_t code) noexcept { return lower(code) != code; }

std::string lowered(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto c = decode(text, i);
    append(out, lower(c.code));
    i += c.size;
  }
  return out;
}

std::string capitalised(std::string_view text) {
  std::string out(text);
  if (!out.empty() && out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 32);
  return out;
}

std::string_view shortened(std::string_view text, std::size_t bytes) noexcept {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0U) == 0x80) --bytes;
  return text.substr(0, bytes);
}

}  // namespace utf8
