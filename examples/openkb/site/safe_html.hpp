#pragma once

/// \file
/// HTML out of documents, for a site of one's own: what a stranger wrote is shown, and nothing of it runs.
///
/// HTML is parsed as browsers do, and written anew from the tree: elements that are known to be harmless, with
/// attributes that are. Others leave their content; those that have none to be shown (scripts, styles, forms, whatever
/// is embedded) leave nothing.

#include <functional>
#include <string>
#include <string_view>

namespace openkb {

/// Where what a page names is in the site; nothing where that is nowhere. Gets what stands in the page.
using link_map = std::function<std::string(std::string_view target, bool image)>;

struct safe_html {
  std::string html;
  std::string title;  ///< the text of the first heading
};

/// Headings get an `id` by their words, so that links into the page lead there.
[[nodiscard]] safe_html made_safe(std::string_view html, const link_map& links);

[[nodiscard]] std::string html_escaped(std::string_view text);

/// Whether a browser would take a target for an address of a scheme, and which: in lower case, without its colon.
[[nodiscard]] std::string scheme_of(std::string_view target);

}  // namespace openkb
