#include "site/markdown_html.hpp"

#include <md4c-html.h>

#include <string>

namespace openkb {

safe_html html_of(std::string_view markdown, const link_map& links) {
  std::string html;
  const auto append = [](const MD_CHAR* text, MD_SIZE size, void* to) {
    static_cast<std::string*>(to)->append(text, size);
  };
  // It fails where memory is missing, and for nothing that stands in a page.
  if (md_html(markdown.data(), static_cast<MD_SIZE>(markdown.size()), append, &html, MD_DIALECT_GITHUB, 0) != 0) {
    throw std::bad_alloc();
  }
  return made_safe(html, links);
}

}  // namespace openkb
