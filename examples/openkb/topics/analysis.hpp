#pragma once

/// \file
/// A text as those who look for terms and for telling sentences see it: words, each with what it can be part of.

#include "text/outline.hpp"
#include "text/stemmer.hpp"
#include "text/words.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace openkb {

/// A word in its sentence.
struct analysed_word : word {
  std::string stem;
  bool stop = false;     ///< says nothing
  bool general = false;  ///< says something together with others only
  /// Can be part of a term: neither code nor number nor stop word.
  [[nodiscard]] bool is_content() const noexcept;
};

using phrase = std::span<const analysed_word>;

struct analysed_sentence {
  const sentence* source = nullptr;
  std::vector<analysed_word> words;
  bool capitals = false;  ///< most words are capitalised, so that capitals say nothing about names
};

struct analysed_text {
  std::vector<analysed_sentence> headings;
  std::vector<analysed_sentence> sentences;
};

/// `of` has to outlive the result.
[[nodiscard]] analysed_text analyse(const outline& of, stemmer& stem);

/// By what a phrase is one with its other forms: its stems, joined by blanks.
[[nodiscard]] std::string key_of(phrase words);

/// The longest phrases between stop words, code and punctuation, as positions in the sentence.
[[nodiscard]] std::vector<text_range> runs_of(const analysed_sentence& s);

}  // namespace openkb
