#pragma once

/// \file
/// Words that a typesetter divided at the end of a line.

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// Joins them again. A hyphen that belongs to the word stays: the document itself tells, by how it writes that word
/// elsewhere.
class hyphenation {
 public:
  /// Reads all pages of a document, to see how it writes its words.
  explicit hyphenation(const std::vector<std::string_view>& pages);

  /// One page, with every divided word whole, on the line where it begins.
  [[nodiscard]] std::string joined(std::string_view page) const;

 private:
  [[nodiscard]] bool keeps_hyphen(std::string_view head, std::string_view tail) const;

  std::map<std::string, std::size_t, std::less<>> seen_;  ///< how often, within a line; only what may be asked for
};

}  // namespace openkb
