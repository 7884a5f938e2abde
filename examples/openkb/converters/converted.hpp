#pragma once

#include <string>

namespace openkb {

/// What every converter gives: clean Markdown, and a title where the format has a place for one.
struct converted {
  std::string markdown;
  std::string title;
  std::string base = {};  ///< what relative links are meant against, where the document itself says it
};

}  // namespace openkb
