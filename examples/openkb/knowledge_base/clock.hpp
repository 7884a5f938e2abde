#pragma once

/// \file
/// The time that goes into pages and rows; it can be fixed, so that a run can be repeated byte for byte.

#include <optional>
#include <string>

namespace openkb {

/// Now, in UTC, to the second: `2026-01-31T09:05:00Z`. The environment variable `OPENKB_NOW` (RFC 3339) or else
/// `SOURCE_DATE_EPOCH` (seconds) fixes it; nothing when the variable does not make sense.
[[nodiscard]] std::optional<std::string> now();

}  // namespace openkb
