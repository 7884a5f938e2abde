#pragma once

/// \file
/// What the forms of a word have in common: `journals` and `journal` are one, and so are `index` and `indexing`.

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

struct sb_stemmer;

namespace openkb {

/// The English stemmer of Snowball. One for each thread; it remembers the words that it has seen.
class stemmer {
 public:
  stemmer();

  /// The stem of a word in lower case. Words in other scripts are their own stems.
  [[nodiscard]] const std::string& operator()(std::string_view small);
  /// The stems of a phrase in lower case, joined by blanks. A hyphen separates words as a blank does.
  [[nodiscard]] std::string of_phrase(std::string_view small);

 private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };

  std::unique_ptr<sb_stemmer, void (*)(sb_stemmer*)> stemmer_;
  std::unordered_map<std::string, std::string, hash, std::equal_to<>> known_;
};

}  // namespace openkb
