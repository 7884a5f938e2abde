#pragma once

/// \file
/// What `lint --fix` does: the body of the mutation. It changes lines and files that openkb itself wrote, and nothing
/// that a person did.

#include "knowledge_base/lint.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <string>
#include <vector>

namespace openkb {

/// A file that is not as it was.
struct mended_file {
  std::string path;                    ///< relative to the root
  std::string what;                    ///< `changed`, `made`, `removed`, `renamed`
  std::string before;                  ///< its name, where it was renamed
  std::vector<std::string> taken_out;  ///< lines that are not there any more
  std::vector<std::string> put_in;     ///< lines that were not there
};

/// Mends what `can_be_mended`: stale lines go, missing ones come back, a lost summary is made anew. Gives the files
/// that changed, each once.
[[nodiscard]] cp::result<std::vector<mended_file>> mend(cp::enlisting_mutation& m, const std::vector<finding>& found,
                                                        const std::string& now);

}  // namespace openkb
