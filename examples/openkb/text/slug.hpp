#pragma once

/// \file
/// Names that are safe as file names and in links, and the same on every machine.

#include <cstddef>
#include <string>
#include <string_view>

namespace openkb {

/// Lower-case words joined by single hyphens: `My Notes (2024)` gives `my-notes-2024`. At most 80 bytes; a longer
/// text ends in 8 hex digits of its hash, so that two long texts do not meet. Gives `otherwise` when no word is there.
/// However accents are written, it is the same (nfc.hpp).
[[nodiscard]] std::string slug(std::string_view text, std::string_view otherwise = "untitled");

/// `slug` and then a hyphen and the first `digits` hex digits of the hash of `distinction`.
[[nodiscard]] std::string distinct_slug(std::string_view slug, std::string_view distinction, std::size_t digits = 8);

/// A file name without surprises: `slug.ext`, the extension in lower case and only when it is a plain one.
[[nodiscard]] std::string safe_file_name(std::string_view file_name);

}  // namespace openkb
