#pragma once

/// \file
/// The terms that a text is about, chosen by counting alone, so that the same text always gives the same terms.

#include "text/outline.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// One term as it is written in the text, and the first sentence that has it (empty when only a heading does).
struct term {
  std::string text;
  std::string sentence;
};

/// The most telling words and phrases: those of headings, and those that come back.
[[nodiscard]] std::vector<term> concepts_of(const outline& text, std::size_t most);

/// Names: capitalised words that stand together, acronyms, and the hosts of links.
[[nodiscard]] std::vector<term> entities_of(const outline& text, std::size_t most);

/// The sentences that speak most of what the whole text speaks of, in the order in which they stand.
[[nodiscard]] std::vector<std::string> central_sentences(const outline& text, std::size_t most);

}  // namespace openkb
