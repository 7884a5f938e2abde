#pragma once

/// \file
/// The script that searches a site, in its first page.

#include <string>
#include <string_view>

namespace openkb {

[[nodiscard]] std::string_view search_script() noexcept;
/// As a Content-Security-Policy names a script that may run: `sha256-...`.
[[nodiscard]] std::string search_script_hash();

}  // namespace openkb
