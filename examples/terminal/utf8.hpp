#pragma once

/// \file
/// The little of Unicode that titles, names and sentences need.

#include <cstddef>
#include <string>
#include <string_view>

namespace utf8 {

/// One character and the number of bytes that it takes.
struct character {
  char32_t code = 0;
  std::size_t size = 1;
  bool valid = true;
};

/// The character at a byte offset. What is not valid UTF-8 is one byte long and reads as U+FFFD.
[[nodiscard]] character decode(std::string_view text, std::size_t at) noexcept;

/// The offset of the first byte that is not valid UTF-8, or `npos`.
[[nodiscard]] std::size_t first_error(std::string_view text) noexcept;

void append(std::string& text, char32_t code);

/// All characters of a text.
[[nodiscard]] std::u32string characters_of(std::string_view text);

/// Whether a character can be part of a word. Symbols, punctuation and spaces of any script cannot.
[[nodiscard]] bool is_word(char32_t code) noexcept;
[[nodiscard]] bool is_upper(char32_t code) noexcept;

/// Lower case for Latin, Greek and Cyrillic; everything else stays as it is.
[[nodiscard]] std::string lowered(std::string_view text);
/// The same text with its first character in upper case, where that is known for ASCII.
[[nodiscard]] std::string capitalised(std::string_view text);

/// The longest beginning of `text` with at most `bytes` bytes that does not cut a character.
[[nodiscard]] std::string_view shortened(std::string_view text, std::size_t bytes) noexcept;

}  // namespace utf8
