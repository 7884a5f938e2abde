#pragma once

/// \file
/// Sentences that can stand by themselves.

#include "topics/analysis.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace openkb {

/// Whether it is a sentence from its beginning to its end, speaks of nothing that stands before it, and is prose.
[[nodiscard]] bool is_whole(const analysed_sentence& s);

/// The whole sentences that speak most of what the text speaks of, in the order in which they stand. None, where the
/// text has none.
[[nodiscard]] std::vector<std::string> central_sentences(const analysed_text& text, std::size_t most);

}  // namespace openkb
