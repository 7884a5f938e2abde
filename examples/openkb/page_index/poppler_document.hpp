#pragma once

/// \file
/// A PDF that is read in this process, by poppler.

#include "page_index/pdf_source.hpp"

#include <filesystem>
#include <memory>

namespace page_index {

class poppler_document : public pdf_source {
 public:
  /// \throws error (bad_document) for what is no PDF, is damaged or is encrypted.
  explicit poppler_document(const std::filesystem::path& file);
  ~poppler_document() override;

  [[nodiscard]] pdf_facts facts() override;
  [[nodiscard]] std::string text(std::size_t page) override;
  bool images(std::size_t page, const png_sink& take) override;

 private:
  struct open_document;
  std::unique_ptr<open_document> open_;
};

}  // namespace page_index
