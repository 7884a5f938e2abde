#pragma once

/// \file
/// What is set largest on a page: on the first one of a document, mostly its title.

#include <string>
#include <vector>

namespace page_index {

/// Text that stands together in one size.
struct text_run {
  std::string text;
  double size = 0;  ///< of the font, in points
};

/// The words of the largest size that has any, on one line; empty where that is the size of the text as well, or where
/// there is too much of it for a title.
[[nodiscard]] std::string largest_text(const std::vector<text_run>& page);

}  // namespace page_index
