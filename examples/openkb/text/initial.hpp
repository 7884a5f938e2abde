#pragma once

/// \file
/// Under which letter a title is found.

#include <string>
#include <string_view>

namespace openkb {

/// Its first letter in lower case, an English article passed over; `0-9` for a digit. Letters of alphabets (Latin,
/// Greek, Cyrillic) only, so that there are not too many: everything else is `other`.
[[nodiscard]] std::string initial_of(std::string_view title);

/// How it is shown: `A`, `0-9`, `Other`.
[[nodiscard]] std::string shown_initial(std::string_view initial);

}  // namespace openkb
