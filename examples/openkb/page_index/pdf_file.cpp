#include "page_index/pdf_file.hpp"

#include "page_index/error.hpp"

#include <cairo.h>
#include <poppler.h>

#include <algorithm>
#include <cstdint>

namespace page_index {

namespace {

constexpr int smallest_side = 16;
constexpr std::int64_t most_pixels = 64'000'000;

struct unref {
  void operator()(gpointer object) const noexcept { g_object_unref(object); }
};
struct release {
  void operator()(gpointer memory) const noexcept { g_free(memory); }
};
struct destroy_surface {
  void operator()(cairo_surface_t* surface) const noexcept { cairo_surface_destroy(surface); }
};
struct free_mapping {
  void operator()(GList* list) const noexcept { poppler_page_free_image_mapping(list); }
};
struct free_iterator {
  void operator()(PopplerIndexIter* at) const noexcept { poppler_index_iter_free(at); }
};
struct free_action {
  void operator()(PopplerAction* action) const noexcept { poppler_action_free(action); }
};
struct free_destination {
  void operator()(PopplerDest* destination) const noexcept { poppler_dest_free(destination); }
};

using page_pointer = std::unique_ptr<PopplerPage, unref>;
using text_pointer = std::unique_ptr<char, release>;

std::string text_of(char* owned) {
  const text_pointer held(owned);
  return owned == nullptr ? std::string{} : std::string(owned);
}

cairo_status_t append_to(void* out, const unsigned char* bytes, unsigned int size) {
  static_cast<std::string*>(out)->append(reinterpret_cast<const char*>(bytes), size);
  return CAIRO_STATUS_SUCCESS;
}

bool is_worth_keeping(cairo_surface_t* image) {
  if (image == nullptr || cairo_surface_status(image) != CAIRO_STATUS_SUCCESS) return false;
  const int width = cairo_image_surface_get_width(image);
  const int height = cairo_image_surface_get_height(image);
  return std::min(width, height) >= smallest_side && std::int64_t{width} * height <= most_pixels;
}

}  // namespace

struct pdf_file::open_document {
  std::unique_ptr<PopplerDocument, unref> document;

  [[nodiscard]] page_pointer page(std::size_t number) const {
    page_pointer out(poppler_document_get_page(document.get(), static_cast<int>(number) - 1));
    if (!out) throw error(error::kind::bad_document, "page " + std::to_string(number) + " cannot be read");
    return out;
  }

  [[nodiscard]] std::size_t page_of(const PopplerAction& action) const {
    if (action.type != POPPLER_ACTION_GOTO_DEST || action.goto_dest.dest == nullptr) return 0;
    const auto* destination = action.goto_dest.dest;
    if (destination->type != POPPLER_DEST_NAMED) return static_cast<std::size_t>(std::max(destination->page_num, 0));
    const std::unique_ptr<PopplerDest, free_destination> found(
        poppler_document_find_dest(document.get(), destination->named_dest));
    return found ? static_cast<std::size_t>(std::max(found->page_num, 0)) : 0;
  }

  void gather(PopplerIndexIter* at, int level, std::vector<section>& out) const {
    constexpr int deepest = 16;
    constexpr std::size_t most = 10'000;
    if (at == nullptr || level > deepest) return;
    do {
      const std::unique_ptr<PopplerAction, free_action> action(poppler_index_iter_get_action(at));
      if (!action || out.size() >= most) continue;
      out.push_back({action->any.title == nullptr ? "" : action->any.title, level, page_of(*action)});
      const std::unique_ptr<PopplerIndexIter, free_iterator> below(poppler_index_iter_get_child(at));
      gather(below.get(), level + 1, out);
    } while (poppler_index_iter_next(at) != FALSE);
  }
};

pdf_file::pdf_file(const std::filesystem::path& file) : open_(std::make_unique<open_document>()) {
  const auto absolute = std::filesystem::absolute(file);
  const text_pointer uri(g_filename_to_uri(absolute.c_str(), nullptr, nullptr));
  GError* problem = nullptr;
  open_->document.reset(poppler_document_new_from_file(uri.get(), nullptr, &problem));
  if (open_->document) return;
  const std::string why = problem == nullptr ? "not a PDF" : problem->message;
  if (problem != nullptr) g_error_free(problem);
  throw error(error::kind::bad_document, why);
}

pdf_file::~pdf_file() = default;

std::size_t pdf_file::pages() const noexcept {
  return static_cast<std::size_t>(std::max(poppler_document_get_n_pages(open_->document.get()), 0));
}

std::string pdf_file::title() const { return text_of(poppler_document_get_title(open_->document.get())); }

std::string pdf_file::text(std::size_t page) const { return text_of(poppler_page_get_text(open_->page(page).get())); }

void pdf_file::images(std::size_t page, const std::function<void(std::string&& png)>& take) const {
  const auto on = open_->page(page);
  const std::unique_ptr<GList, free_mapping> mapping(poppler_page_get_image_mapping(on.get()));
  std::vector<int> ids;
  for (const auto* at = mapping.get(); at != nullptr; at = at->next) {
    ids.push_back(static_cast<const PopplerImageMapping*>(at->data)->image_id);
  }
  std::ranges::sort(ids);
  for (const int id : ids) {
    const std::unique_ptr<cairo_surface_t, destroy_surface> image(poppler_page_get_image(on.get(), id));
    if (!is_worth_keeping(image.get())) continue;
    std::string png;
    if (cairo_surface_write_to_png_stream(image.get(), append_to, &png) == CAIRO_STATUS_SUCCESS) take(std::move(png));
  }
}

std::vector<section> pdf_file::sections() const {
  std::vector<section> out;
  const std::unique_ptr<PopplerIndexIter, free_iterator> top(poppler_index_iter_new(open_->document.get()));
  open_->gather(top.get(), 1, out);
  return out;
}

bool begins_like_pdf(std::string_view first_bytes) noexcept {
  return first_bytes.substr(0, 1024).find("%PDF-") != std::string_view::npos;
}

}  // namespace page_index
