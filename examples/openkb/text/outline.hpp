#pragma once

/// \file
/// What a compiler reads of a Markdown text: its headings and its sentences.

#include "text/words.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

struct sentence {
  std::string text;              ///< plain
  std::vector<text_range> code;  ///< what stands between backticks
  bool in_list = false;
};

struct heading : sentence {
  int level = 1;
};

struct outline {
  std::vector<heading> headings;
  std::vector<sentence> sentences;
};

/// Takes plain text out of Markdown; blocks of code, tables, and lines of nothing but links are left out. Looks at no
/// more than a fixed number of headings and sentences.
[[nodiscard]] outline outline_of(std::string_view markdown);

}  // namespace openkb
