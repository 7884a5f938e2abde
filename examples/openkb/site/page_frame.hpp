#pragma once

/// \file
/// What is around the content of every page of a site.

#include <string>
#include <string_view>

namespace openkb {

struct framed_page {
  std::string place;  ///< in the site
  std::string title;
  std::string_view content;  ///< HTML
};

/// A page whose content comes from documents. A browser is told to run no script on it at all.
[[nodiscard]] std::string framed(const framed_page& page, std::string_view site);
/// The page that the site begins with, where it is searched. Its own script is the only one that runs there.
[[nodiscard]] std::string framed_index(const framed_page& page, std::string_view site);

[[nodiscard]] std::string_view style_sheet() noexcept;

}  // namespace openkb
