#include "page_index/pdf_file.hpp"

#include "page_index/pdf_process.hpp"
#include "page_index/poppler_document.hpp"

#include <utility>

namespace page_index {

namespace {

std::filesystem::path& reader_program() {
  static std::filesystem::path program;
  return program;
}

std::unique_ptr<pdf_source> open(const std::filesystem::path& file, const std::stop_token& stop) {
  if (reader_program().empty()) return std::make_unique<poppler_document>(file);
  return std::make_unique<pdf_process>(reader_program(), file, stop);
}

}  // namespace

pdf_file::pdf_file(const std::filesystem::path& file, const std::stop_token& stop)
    : source_(open(file, stop)), facts_(source_->facts()) {}

bool pdf_file::images(std::size_t page, const std::function<void(std::string&& png)>& take) const {
  std::string png;
  return source_->images(page, [&](std::string_view piece) {
    if (piece.empty())
      take(std::exchange(png, {}));
    else
      png += piece;
  });
}

void read_pdfs_in_processes(const std::filesystem::path& program) { reader_program() = program; }

bool begins_like_pdf(std::string_view first_bytes) noexcept {
  return first_bytes.substr(0, 1024).find("%PDF-") != std::string_view::npos;
}

}  // namespace page_index
