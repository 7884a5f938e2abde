#pragma once

/// \file
/// What `lint --fix` does: the body of the mutation. It changes lines and files that openkb itself wrote, and nothing
/// that a person did.

#include "knowledge_base/finding.hpp"
#include "mutations/mended_file.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <string>
#include <vector>

namespace openkb {

/// Mends what `can_be_mended`: stale lines go, missing ones come back, a lost summary is made anew. Gives the files
/// that changed, each once.
[[nodiscard]] cp::result<std::vector<mended_file>> mend(cp::enlisting_mutation& m, const std::vector<finding>& found,
                                                        const std::string& now);

}  // namespace openkb
