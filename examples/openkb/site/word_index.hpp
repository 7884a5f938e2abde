#pragma once

/// \file
/// What the search of a site looks things up in: for each word, in which documents it is and how often. One file for
/// all documents, and one for each letter that words begin with, so that a search loads little of a large site.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

class word_index {
 public:
  /// A document at `place`.
  void add(const std::string& place, const std::string& title, const std::string& excerpt, std::string_view text);

  /// The files by their names, in `search/` of the site. Each calls what the search script waits for.
  [[nodiscard]] std::map<std::string, std::string> files() const;

 private:
  struct listed {
    std::string place;
    std::string title;
    std::string excerpt;
    std::size_t length = 0;  // in words
  };
  struct occurrences {
    std::uint32_t document = 0;
    std::uint32_t times = 0;
  };

  std::vector<listed> documents_;
  std::map<std::string, std::vector<occurrences>, std::less<>> words_;
};

}  // namespace openkb
