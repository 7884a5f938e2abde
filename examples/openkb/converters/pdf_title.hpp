#pragma once

/// \file
/// What a PDF is called. Its own title is often a program's, and its first heading rarely the whole document's.

#include <string>
#include <vector>

namespace openkb {

/// What could be a title, the best first.
struct title_candidates {
  std::string own;            ///< of the document's properties
  std::string largest;        ///< what is set largest on the first page
  std::string first_heading;  ///< of the outline
  std::string stem;           ///< the slug of the file's name; never empty
};

/// The first one that can be believed; else the words of the file's name.
[[nodiscard]] std::string best_title(const title_candidates& from);

}  // namespace openkb
