#pragma once

/// \file
/// What a mutation makes of a file, line by line, for whoever wants to see it.

#include "knowledge_base/error.hpp"

#include <commitpoint/mutation.hpp>

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

/// A file as the mutation sees it, against what stands there until it commits. `before` is empty for one that keeps its
/// name.
[[nodiscard]] cp::result<mended_file> compared(cp::mutation& m, const std::string& file, const std::string& before);

}  // namespace openkb
