#pragma once

/// \file
/// What single elements, names and words say about being a page's chrome: what stands around the content on every page
/// of a site, and what only a browser has a use for.

#include "converters/html_tree.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace openkb {

/// Whether an element has no text for a reader (scripts, buttons, fields).
[[nodiscard]] bool is_silent(const GumboNode& node) noexcept;
/// Whether an element says itself that it is not shown: `hidden`, an inline style, a closed dialog, `aria-hidden` on
/// running text.
[[nodiscard]] bool is_hidden(const GumboNode& node);

/// What an element's role, class and id say. An id that the element's first heading has as well names a section of the
/// content ("Pagination").
enum class chrome_name : std::uint8_t {
  none,
  sure,      ///< skip links, cookie banners, bread crumbs: names that nothing else has
  likely,    ///< `sidebar`, `footer`: names that content may have as well
  contents,  ///< a table of contents
};
[[nodiscard]] chrome_name chrome_name_of(const GumboNode& node, std::string_view heading);

/// What words have to do with going from page to page.
struct navigation_words {
  bool only = false;       ///< there is no other word
  std::size_t strong = 0;  ///< how many say where to go: next, previous, up, ...
  [[nodiscard]] bool any() const noexcept { return only && strong > 0; }
};
[[nodiscard]] navigation_words navigation_in(std::string_view text);

/// `Next: The other chapter`
[[nodiscard]] bool is_labelled_navigation(std::string_view text);

/// `Skip to content`
[[nodiscard]] bool is_skip_link(std::string_view text);
/// `Table of Contents`
[[nodiscard]] bool is_contents_heading(std::string_view text);
/// `¶`, `#`: a mark that only shows the address of a place in the page.
[[nodiscard]] bool is_place_mark(std::string_view text);

}  // namespace openkb
