#pragma once

/// \file
/// HTML that is nested no deeper than a browser would have it.

#include <cstddef>
#include <string>
#include <string_view>

namespace openkb {

/// As deep as Blink and WebKit nest elements; what is deeper gets no element of its own.
inline constexpr std::size_t deepest_nesting = 512;

/// The same HTML without the tags that would nest deeper: a parser may take as long for each tag as the tag is deep.
/// What is open is told by a simpler model than a parser's, which never takes it for less.
[[nodiscard]] std::string with_bounded_depth(std::string_view html);

}  // namespace openkb
