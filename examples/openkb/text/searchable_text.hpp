#pragma once

/// \file
/// The words of a Markdown text, as they are looked for and shown.

#include <string>
#include <string_view>

namespace openkb {

/// Each paragraph, heading, item and line of code on a line of its own, without markup, comments, the targets of links
/// and control characters.
[[nodiscard]] std::string searchable_text(std::string_view markdown);

}  // namespace openkb
