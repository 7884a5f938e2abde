#pragma once

/// \file
/// What can be asked of an open PDF, wherever it is read.

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace page_index {

/// An entry of a document's outline.
struct section {
  std::string title;
  int level = 1;
  std::size_t page = 0;  ///< from 1; 0 when it leads nowhere in the document
};

/// What is known of a document without its pages.
struct pdf_facts {
  std::size_t pages = 0;
  std::string title;         ///< as the document itself gives it; may be empty
  std::string largest_text;  ///< on its first page, if that stands out from the rest; on one line
  std::vector<section> sections;
};

/// Takes images as PNGs, piece by piece; an empty piece ends one.
using png_sink = std::function<void(std::string_view piece)>;

class pdf_source {
 public:
  pdf_source() = default;
  pdf_source(const pdf_source&) = delete;
  pdf_source& operator=(const pdf_source&) = delete;
  virtual ~pdf_source() = default;

  [[nodiscard]] virtual pdf_facts facts() = 0;
  /// Pages are counted from 1.
  [[nodiscard]] virtual std::string text(std::size_t page) = 0;
  /// False when it ended early: what the rest takes is more than is allowed.
  virtual bool images(std::size_t page, const png_sink& take) = 0;
};

}  // namespace page_index
