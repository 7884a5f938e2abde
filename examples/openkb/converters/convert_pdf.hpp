#pragma once

/// \file
/// PDF to Markdown, by poppler: text in reading order, images, the outline as headings.

#include "documents/document.hpp"
#include "page_index/error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace openkb {

/// Of a long document only the text is taken: its images come from the page index.
/// \errors bad_pdf, no_text, cancelled.
[[nodiscard]] cp::result<document> convert_pdf(original&& source, const reading& how);

/// The warning that says on which pages images were left out, and why.
[[nodiscard]] std::string about_images_left_out(const std::vector<std::size_t>& pages);

/// What the page index threw, as a failure of this program.
[[nodiscard]] cp::failure failure_of(const page_index::error& e, const std::string& document);

}  // namespace openkb
