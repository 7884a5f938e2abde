#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace openkb {

/// A text in another encoding, by the name that web servers give it, as UTF-8; nothing when the encoding is not known
/// or the text is not in it.
[[nodiscard]] std::optional<std::string> to_utf8(std::string_view text, const std::string& charset);

}  // namespace openkb
