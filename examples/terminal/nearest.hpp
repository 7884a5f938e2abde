#pragma once

/// \file
/// "Did you mean": which of the known words somebody may have wanted to write.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace terminal {

/// How many characters have to be put in, taken out or changed, or changed places with their neighbour, to make one
/// text of the other; anything above `most` is `most + 1`.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most);

/// The known words that are at most two mistakes away (one, of a word of up to four characters), or begin with what was
/// written; the nearest first, no more than three.
[[nodiscard]] std::vector<std::string> nearest(std::string_view written, const std::vector<std::string>& known);

/// `did you mean "add"?`, or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view written, const std::vector<std::string>& known);

}  // namespace terminal
