#pragma once

/// \file
/// One pass over a page that finds its chrome, its headings, and what may be its content. It decides at each element's
/// end, when it knows what is in it, so that it takes no longer than the page is.

#include "converters/html_tree.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace openkb {

/// How much there is to read, in bytes without blanks.
struct html_amount {
  std::size_t text = 0;    ///< words of links included
  std::size_t linked = 0;  ///< words of links
  [[nodiscard]] std::size_t prose() const noexcept { return text - linked; }
};

struct html_heading {
  const GumboNode* node = nullptr;
  bool is_chrome = false;
  bool leads_away = false;  ///< it is a link as a whole
};

/// An element that may be the content: a `<main>`, or an article that is in no other one.
struct html_part {
  const GumboNode* node = nullptr;
  html_amount kept;
};

/// A page's `<header>` with a heading of the first level: it may be that of the page or that of the site.
struct html_banner {
  const GumboNode* node = nullptr;
  std::size_t first_heading = 0;
  std::size_t last_heading = 0;  ///< behind it
};

struct html_survey {
  std::unordered_set<const GumboNode*> chrome;  ///< nothing in it is looked at
  std::vector<html_heading> headings;
  std::vector<html_part> mains;
  std::vector<html_part> articles;
  std::vector<html_banner> banners;
  html_amount shown;  ///< everything that is not hidden
  html_amount kept;   ///< without chrome
};

/// `is_own` tells whether a link leads to a place in the page itself.
[[nodiscard]] html_survey survey_html(const GumboNode& root, const std::function<bool(std::string_view)>& is_own);

}  // namespace openkb
