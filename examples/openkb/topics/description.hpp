#pragma once

/// \file
/// What a document's maker says that it is about, where a text begins with that.

#include <string_view>

namespace openkb {

/// Stands at the beginning of a document's Markdown; a paragraph follows, up to the next comment.
inline constexpr std::string_view description_mark = "<!-- description -->";

}  // namespace openkb
