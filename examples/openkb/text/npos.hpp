#pragma once

#include <cstddef>
#include <string_view>

namespace openkb {

/// What the standard strings give for a place that there is not.
inline constexpr std::size_t npos = std::string_view::npos;

}  // namespace openkb
