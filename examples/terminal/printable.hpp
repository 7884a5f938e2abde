#pragma once

/// \file
/// Text of a stranger on its way to a terminal, which takes some characters for orders: to move the cursor, to set the
/// window's title, to show what follows from right to left.

#include <string>
#include <string_view>

namespace terminal {

/// One line in which what is no character to be seen is spelled out: `\n`, `\x1b`, `\u202e`, and `\xff` for what is not
/// UTF-8.
[[nodiscard]] std::string printable(std::string_view text);

/// The text with a space for each control character (C0 with ESC, DEL, and C1), but for newlines and tabs.
[[nodiscard]] std::string without_controls(std::string_view text);

/// JSON that means the same, with `\u009b` for the characters beyond ASCII that a terminal would obey.
[[nodiscard]] std::string printable_json(std::string_view json);

}  // namespace terminal
