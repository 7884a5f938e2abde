#pragma once

/// \file
/// The words of a sentence.

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// A part of a text, in bytes.
struct text_range {
  std::size_t begin = 0;
  std::size_t end = 0;
};

struct word {
  std::string_view text;     ///< without the `'s` of a possessive
  std::string small;         ///< in lower case
  bool joined = false;       ///< only blanks stand between it and the word before
  bool capitalised = false;  ///< begins with a capital
  bool shouted = false;      ///< two letters or more, all of them capitals or digits
  bool number = false;       ///< has a digit
  bool code = false;         ///< part of a path, host, option, identifier, version, or of what is marked as code
};

/// Words with their inner hyphens and apostrophes. URLs are passed over; `code` are the parts that are no prose.
[[nodiscard]] std::vector<word> words_of(std::string_view sentence, std::span<const text_range> code = {});

}  // namespace openkb
