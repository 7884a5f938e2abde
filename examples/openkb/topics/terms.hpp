#pragma once

/// \file
/// The terms that a text may be about, found by counting alone, so that the same text always gives the same terms.
/// Which of them get pages is decided where it is known what other documents speak of.

#include "topics/analysis.hpp"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

struct term {
  std::string key;      ///< the same for all its forms
  std::string text;     ///< the form that the text uses most
  std::string excerpt;  ///< a sentence that has it; empty when only a heading does
  std::int64_t weight = 0;
  bool name = false;   ///< of a person, a product, an organisation ...
  bool named = false;  ///< a heading consists of it
};

/// The terms that weigh most, by weight: those that come back, those of headings, and names.
[[nodiscard]] std::vector<term> terms_of(const analysed_text& text);

/// The keys of the terms that headings consist of.
[[nodiscard]] std::set<std::string> keys_of_headings(const analysed_text& text);

/// A term's key, for what somebody else found. Empty when no word is there.
[[nodiscard]] std::string key_of(std::string_view term, stemmer& stem);

}  // namespace openkb
