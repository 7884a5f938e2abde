#pragma once

/// \file
/// One name, however its accents are written: as one character (`ü`, as most keyboards give it), or as a letter and a
/// mark behind it (as file systems of Apple's give it).

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// In Unicode's normalisation form C. What is not UTF-8 stays as it is.
[[nodiscard]] std::string nfc(std::string_view text);
/// In form D, with marks behind their letters.
[[nodiscard]] std::string nfd(std::string_view text);

[[nodiscard]] bool same_name(std::string_view a, std::string_view b);

/// The same path with each of its names in either form: itself first, and nothing else where no name has two.
[[nodiscard]] std::vector<std::string> spellings_of(const std::string& path);

}  // namespace openkb
