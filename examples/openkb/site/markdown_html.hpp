#pragma once

/// \file
/// A page of the wiki as HTML.

#include "site/safe_html.hpp"

#include <string_view>

namespace openkb {

/// By md4c, with what GitHub adds to CommonMark; raw HTML is understood, and made safe with the rest.
[[nodiscard]] safe_html html_of(std::string_view markdown, const link_map& links);

}  // namespace openkb
