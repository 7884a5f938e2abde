#pragma once

/// \file
/// Text from documents, for a terminal: nothing in it gives the terminal orders.

#include <string>
#include <string_view>

namespace openkb {

/// The text with a space for each control character (C0 with ESC, DEL, and C1), but for newlines and tabs.
[[nodiscard]] std::string printable(std::string_view text);

}  // namespace openkb
