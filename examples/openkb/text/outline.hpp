#pragma once

/// \file
/// What a compiler reads of a Markdown text: its headings, its sentences and the hosts that it links to.

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

struct heading {
  int level = 1;
  std::string text;
};

struct outline {
  std::vector<heading> headings;
  std::vector<std::string> sentences;
  std::map<std::string, int> hosts;  ///< how often each host is linked to
};

/// Takes plain text out of Markdown; code and tables are left out. Looks at no more than a fixed number of headings
/// and sentences.
[[nodiscard]] outline outline_of(std::string_view markdown);

}  // namespace openkb
