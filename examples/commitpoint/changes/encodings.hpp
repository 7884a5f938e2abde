#pragma once

/// \file
/// Bytes as texts: base64, and the SHA-256 by which a content is known. By libcrypto.

#include <optional>
#include <string>
#include <string_view>

namespace command {

/// Nothing when it is none. Line breaks and blanks do not count.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

/// In hexadecimal.
[[nodiscard]] std::string sha256_of(std::string_view bytes);

}  // namespace command
