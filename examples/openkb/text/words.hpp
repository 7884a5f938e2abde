#pragma once

/// \file
/// The words of a sentence.

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

struct word {
  std::string_view text;
  std::string small;         ///< in lower case
  bool joined = false;       ///< only blanks stand between it and the word before
  bool capitalised = false;  ///< begins with a capital
  bool shouted = false;      ///< two letters or more, all of them capitals or digits
};

/// Words with their inner hyphens and apostrophes. URLs are passed over.
[[nodiscard]] std::vector<word> words_of(std::string_view sentence);

/// Whether a word, in lower case, says nothing about what a text is about.
[[nodiscard]] bool is_stop_word(std::string_view small) noexcept;

}  // namespace openkb
