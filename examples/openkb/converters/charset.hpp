#pragma once

/// \file
/// Bytes in any encoding of the web's to UTF-8, as the Encoding Standard has it.

#include "converters/encoding.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace openkb {

/// U+FFFD, which stands for what could not be read.
inline constexpr std::string_view replacement_character = "\xEF\xBF\xBD";

struct decoded {
  std::string text;                                  ///< UTF-8
  std::size_t errors = 0;                            ///< how many U+FFFD were put in
  std::size_t first_error = std::string_view::npos;  ///< the offset, in bytes, of what the first one stands for
};

/// The text of `bytes`. What is wrong in it becomes U+FFFD, one for as much as browsers take for one mistake. Of an
/// encoding that browsers refuse all is wrong.
[[nodiscard]] decoded decode(std::string_view bytes, const encoding& as);

/// How many U+FFFD there are in a text.
[[nodiscard]] std::size_t count_replacements(std::string_view text) noexcept;

}  // namespace openkb
