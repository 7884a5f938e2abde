#pragma once

/// \file
/// What was read of an element of a page, or of a run of text between two of them: as much as tells content from
/// chrome.

#include "converters/html_survey.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace openkb {

/// In bytes; a no-break space is a blank.
[[nodiscard]] std::size_t size_without_blanks(std::string_view text) noexcept;

struct html_passage {
  html_amount amount;
  std::size_t links = 0;
  std::size_t own_links = 0;         ///< to places in the page
  std::size_t navigation_links = 0;  ///< their words, or their relation, are of going from page to page
  std::size_t weak_links = 0;        ///< "first", which may be
  std::string words;                 ///< beside the links, while there are few
  bool many_words = false;

  void add_words(std::string_view text);
  void add(const html_passage& other);

  [[nodiscard]] bool is_mostly_links() const noexcept { return amount.linked * 2 >= amount.text; }
  [[nodiscard]] bool is_nothing_but_links() const noexcept { return amount.prose() * 10 <= amount.linked; }
  /// "Next: x, Previous: y", or "[ prev | next | top ]".
  [[nodiscard]] bool is_navigation() const;
};

}  // namespace openkb
