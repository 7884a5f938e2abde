#pragma once

#include "converters/charset.hpp"
#include "terminal/utf8.hpp"

namespace openkb {

/// Where a decoder puts what it reads.
class decode_target {
 public:
  void put(char32_t c) { utf8::append(out_.text, c); }
  void put(std::string_view text) { out_.text += text; }
  void fail(std::size_t offset) {
    if (out_.errors++ == 0) out_.first_error = offset;
    out_.text += replacement_character;
  }
  [[nodiscard]] decoded take() { return std::move(out_); }

 private:
  decoded out_;
};

/// The encodings of two bytes a character, some with more for rare ones.
void decode_double_byte(std::string_view bytes, const encoding& as, decode_target& to);

/// ISO-2022-JP: seven bits, and escapes that switch between character sets.
void decode_iso_2022_jp(std::string_view bytes, const encoding& as, decode_target& to);

}  // namespace openkb
