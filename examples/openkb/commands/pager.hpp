#pragma once

/// \file
/// A text that may be longer than a screen.

#include <string_view>

namespace openkb {

/// Shows a text on the terminal by `$PAGER`, or less or more where that is not set; false where there is none.
[[nodiscard]] bool show_in_pager(std::string_view text);

}  // namespace openkb
