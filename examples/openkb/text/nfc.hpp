#pragma once

/// \file
/// One name, however its accents are written: as one character (`ü`, as most keyboards give it), or as a letter and a
/// mark behind it (as file systems of Apple's give it).

#include <string>
#include <string_view>

namespace openkb {

/// In Unicode's normalisation form C. What is not UTF-8 stays as it is.
[[nodiscard]] std::string nfc(std::string_view text);
/// In form D, with marks behind their letters.
[[nodiscard]] std::string nfd(std::string_view text);

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

}  // namespace openkb
