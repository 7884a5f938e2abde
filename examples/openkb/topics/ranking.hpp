#pragma once

/// \file
/// How much a term tells documents apart: tf-idf, in whole numbers, so that it is the same everywhere.

#include <cstdint>

namespace openkb {

/// The pages that a document has a part in, beyond those that it makes necessary itself.
inline constexpr std::size_t most_pages = 12;

/// The weight of a term in a document, times the binary logarithm of how many times rarer it is than documents are.
/// `documents` have the term, of `all`.
[[nodiscard]] std::int64_t rank_of(std::int64_t weight, std::int64_t documents, std::int64_t all) noexcept;

/// Whether so many documents have a term that one more line on its page tells nobody anything.
[[nodiscard]] bool is_everywhere(std::int64_t documents, std::int64_t all) noexcept;

}  // namespace openkb
