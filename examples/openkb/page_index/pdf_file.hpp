#pragma once

/// \file
/// What can be read of a PDF: pages, their text and their images, the outline. A document is read from its file as it
/// is needed; one that is larger than memory does no harm, nor does one that becomes so when it is unpacked.

#include "page_index/pdf_source.hpp"

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace page_index {

class pdf_file {
 public:
  /// \throws error: bad_document for what is no PDF, is damaged or is encrypted; cancelled; no_process.
  explicit pdf_file(const std::filesystem::path& file, const std::stop_token& stop = {});

  [[nodiscard]] std::size_t pages() const noexcept { return facts_.pages; }
  /// As the document itself gives it; may be empty.
  [[nodiscard]] const std::string& title() const noexcept { return facts_.title; }
  /// What is set largest on the first page; empty when nothing stands out.
  [[nodiscard]] const std::string& largest_text() const noexcept { return facts_.largest_text; }
  [[nodiscard]] const std::vector<section>& sections() const noexcept { return facts_.sections; }
  /// The text of a page, counted from 1, in reading order. \throws error: bad_document for a page that takes more
  /// memory or time than `pdf_limits.hpp` allows; cancelled.
  [[nodiscard]] std::string text(std::size_t page) const { return source_->text(page); }
  /// Hands over each image of a page as a PNG. Those that are smaller than 16 pixels in a direction (rules, bullets) or
  /// larger than 64 million pixels are passed over. False when the page's other images were left out, since one takes
  /// more memory or time than is allowed.
  bool images(std::size_t page, const std::function<void(std::string&& png)>& take) const;

 private:
  std::unique_ptr<pdf_source> source_;
  pdf_facts facts_;
};

/// Has every PDF read in a process of its own from now on: by this program, which calls `serve_pdf` when it is started
/// with `reader_option` and the name of a file. Without it, PDFs are read in this process, and no limits hold.
void read_pdfs_in_processes(const std::filesystem::path& program);

/// Whether a file begins like a PDF: readers allow some bytes before the mark.
[[nodiscard]] bool begins_like_pdf(std::string_view first_bytes) noexcept;

}  // namespace page_index
