#pragma once

/// \file
/// What `lint --fix` does: the body of the mutation.

#include "knowledge_base/lint.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <string>
#include <vector>

namespace openkb {

/// Mends what can be mended from what is there: stale lines and links go, missing ones and summaries are made anew. A
/// lost original or source has to be added again, or its document removed. Gives what was changed.
[[nodiscard]] cp::result<std::vector<std::string>> mend(cp::enlisting_mutation& m, const std::vector<finding>& found,
                                                        const std::string& now);

}  // namespace openkb
