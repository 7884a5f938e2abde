#pragma once

/// \file
/// What can be read of a PDF: pages, their text and their images, the outline. A document is read from its file as it
/// is needed; one that is larger than memory does no harm.

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
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

class pdf_file {
 public:
  /// \throws error (bad_document) for what is no PDF, is damaged or is encrypted.
  explicit pdf_file(const std::filesystem::path& file);
  pdf_file(const pdf_file&) = delete;
  pdf_file& operator=(const pdf_file&) = delete;
  ~pdf_file();

  [[nodiscard]] std::size_t pages() const noexcept;
  /// As the document itself gives it; may be empty.
  [[nodiscard]] std::string title() const;
  /// The text of a page, counted from 1, in reading order.
  [[nodiscard]] std::string text(std::size_t page) const;
  /// Hands over each image of a page as a PNG. Those that are smaller than 16 pixels in a direction (rules, bullets) or
  /// larger than 64 million pixels are passed over.
  void images(std::size_t page, const std::function<void(std::string&& png)>& take) const;
  [[nodiscard]] std::vector<section> sections() const;

 private:
  struct open_document;
  std::unique_ptr<open_document> open_;
};

/// Whether a file begins like a PDF: readers allow some bytes before the mark.
[[nodiscard]] bool begins_like_pdf(std::string_view first_bytes) noexcept;

}  // namespace page_index
