#pragma once

/// \file
/// PDF to Markdown, by poppler: text in reading order, images, the outline as headings.

#include "documents/document.hpp"
#include "page_index/error.hpp"

namespace openkb {

/// Of a long document only the text is taken: its images come from the page index.
/// \errors bad_pdf, no_text, cancelled.
[[nodiscard]] cp::result<document> convert_pdf(original&& source, const reading& how);

/// What the page index threw, as a failure of this program.
[[nodiscard]] cp::failure failure_of(const page_index::error& e, const std::string& document);

}  // namespace openkb
