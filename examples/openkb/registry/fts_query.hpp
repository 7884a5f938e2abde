#pragma once

/// \file
/// What a person looks for, as an expression of FTS5. Nothing that is typed can make one that FTS5 does not understand.

#include "knowledge_base/error.hpp"

#include <string>
#include <string_view>

namespace openkb {

/// Words all have to be there; `"some words"` in that order; `begin*` begins a word; `-word` and `-"some words"` may
/// not be there. Everything else is punctuation, which nothing is looked for by. \errors bad_query when no word is left
/// that has to be there.
[[nodiscard]] cp::result<std::string> fts_query(std::string_view asked);

}  // namespace openkb
