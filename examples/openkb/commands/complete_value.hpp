#pragma once

/// \file
/// What a shell is offered that only openkb knows: the documents of the knowledge base that the line is about.

#include "terminal/completion.hpp"

#include <vector>

namespace openkb {

/// Takes no lock, and changes nothing.
[[nodiscard]] std::vector<terminal::candidate> complete_value(const terminal::to_complete& what);

}  // namespace openkb
