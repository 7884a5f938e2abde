#pragma once

/// \file
/// Which character which bytes stand for, by glibc's iconv, with what the Encoding Standard has otherwise.

#include "converters/encoding.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace openkb {

/// The characters of one encoding, by one byte or by two.
class encoding_index {
 public:
  /// Made once for each encoding, when it is first asked for; by any thread.
  static const encoding_index& of(const encoding& e);

  /// 0 where the encoding has nothing.
  [[nodiscard]] char32_t at(unsigned char byte) const noexcept { return single_[byte]; }
  [[nodiscard]] char32_t at(unsigned char lead, unsigned char trail) const noexcept {
    return pairs_.empty() || lead < 0x80 ? 0 : pairs_[(lead - 0x80U) * 256U + trail];
  }

  explicit encoding_index(const encoding& e);

 private:
  void fill_pairs(const encoding& e);
  void override_with_standard(std::string_view name);

  std::vector<char32_t> single_;
  std::vector<char32_t> pairs_;
};

/// The one character that a sequence of bytes stands for in an encoding of iconv's, or 0.
[[nodiscard]] char32_t character_by_iconv(const char* from, std::string_view bytes);

}  // namespace openkb
