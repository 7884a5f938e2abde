#pragma once

/// \file
/// Which encoding a text has that does not say so: a guess, for advice alone. Nothing is converted by it.

#include "converters/encoding.hpp"

#include <string>
#include <string_view>

namespace openkb {

/// The encoding in which the text reads best; null when it reads well in none.
[[nodiscard]] const encoding* likely_encoding(std::string_view bytes);

/// Whether a text in seven bits switches character sets as ISO-2022-JP does, which nothing else has a use for.
[[nodiscard]] bool has_escapes_of_iso_2022_jp(std::string_view bytes) noexcept;

/// What is the matter with a text that is not UTF-8 and does not say what else it is, and what to do about it.
[[nodiscard]] std::string advice_on_encoding(std::string_view bytes);

}  // namespace openkb
