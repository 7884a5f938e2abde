#pragma once

/// \file
/// The encodings of the WHATWG's Encoding Standard, and the labels under which browsers know them.

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// One encoding. There is one object for each, so that addresses can be compared.
struct encoding {
  /// How its bytes are read.
  enum class family { utf8, utf16, single_byte, double_byte, iso_2022_jp, user_defined, refused };

  std::string_view name;    ///< as the standard spells it
  std::string_view labels;  ///< in lower case, with a blank between two
  family read_as = family::refused;
  const char* converter = "";  ///< what glibc's iconv calls it
};

/// All of them; the first one is UTF-8.
[[nodiscard]] const std::vector<encoding>& encodings();

/// The encoding with a label, without regard to case and to blanks around it; null for a label that no browser knows.
[[nodiscard]] const encoding* encoding_of(std::string_view label);

[[nodiscard]] const encoding& utf_8();

/// Whether it has two bytes for each ASCII character, so that nothing in ASCII can declare it.
[[nodiscard]] inline bool is_utf_16(const encoding& e) noexcept { return e.read_as == encoding::family::utf16; }

}  // namespace openkb
