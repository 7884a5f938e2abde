#pragma once

/// \file
/// The title of a web page. One page alone does not tell which heading is on all pages of its site; its `<title>`
/// does, often: sites put their own name at its end, or before a colon.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// What of a page says what it is about.
struct html_titles {
  std::string title;                  ///< `<title>`
  std::string site;                   ///< `og:site_name` or `application-name`
  std::vector<std::string> headings;  ///< of the content: the first ones, of any level
  std::vector<std::string> top;       ///< those of the first level
  std::vector<bool> top_leads_away;   ///< which of these are links
};

/// Whether a heading of the first level is the name of the site.
[[nodiscard]] bool is_site_name(const html_titles& page, std::size_t which);

/// Whether it is the page's own, as `<title>` has it.
[[nodiscard]] bool is_own_name(const html_titles& page, std::size_t which);

/// The only heading of the first level that is not the site's name, or the one that `<title>` has as well; else
/// `<title>`, and where that is only a file's or an editor's word, the first heading.
[[nodiscard]] std::string title_of_page(const html_titles& page);

}  // namespace openkb
