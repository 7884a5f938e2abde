#pragma once

/// \file
/// How often each phrase of a text comes, where, and how it is written.

#include "topics/analysis.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

namespace openkb {

inline constexpr std::size_t longest_phrase = 3;   // words
inline constexpr std::size_t longest_name = 5;     // words
inline constexpr std::size_t longest_acronym = 6;  // bytes; what is longer is shouted, or a macro

/// What is known of one phrase.
struct phrase_count {
  std::size_t words = 1;  ///< a hyphen makes words of its own
  long in_sentences = 0;
  long in_headings = 0;
  long with_capitals = 0;   ///< where only a name has them
  long without = 0;         ///< with a word in small letters
  long as_noun = 0;         ///< behind an article or a preposition, at the end of what belongs together
  bool named = false;       ///< a heading consists of it
  bool general = true;      ///< its words say something together only
  bool participle = false;  ///< it ends in what was done to something
  bool gerund = false;      ///< a single word, in a form that verbs have
  bool acronym = false;     ///< a single word of capitals
  bool loud = false;        ///< a single word of capitals that is too long for an acronym

  [[nodiscard]] bool is_name() const noexcept { return with_capitals > 3 * without; }
};

/// By their keys.
using phrase_counts = std::unordered_map<std::string, phrase_count>;

[[nodiscard]] phrase_counts count_phrases(const analysed_text& text);

[[nodiscard]] bool all_shouted(phrase words) noexcept;

}  // namespace openkb
