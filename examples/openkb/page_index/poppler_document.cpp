#include "page_index/poppler_document.hpp"

#include "page_index/error.hpp"
#include "page_index/largest_text.hpp"

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
struct free_attributes {
  void operator()(GList* list) const noexcept { poppler_page_free_text_attributes(list); }
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

cairo_status_t hand_over(void* sink, const unsigned char* bytes, unsigned int size) {
  if (size > 0) (*static_cast<const png_sink*>(sink))({reinterpret_cast<const char*>(bytes), size});
  return CAIRO_STATUS_SUCCESS;
}

std::string largest_text_of(PopplerPage& page) {
  const auto text = text_of(poppler_page_get_text(&page));
  const std::unique_ptr<GList, free_attributes> list(poppler_page_get_text_attributes(&page));
  std::vector<text_run> runs;
  const char* at = text.c_str();
  glong number = 0;  // of the character at which it points
  for (const auto* l = list.get(); l != nullptr; l = l->next) {
    const auto& a = *static_cast<const PopplerTextAttributes*>(l->data);
    const auto* begin = g_utf8_offset_to_pointer(at, a.start_index - number);
    const auto* end = g_utf8_offset_to_pointer(begin, a.end_index + 1 - a.start_index);
    runs.push_back({std::string(begin, end), a.font_size});
    at = end;
    number = a.end_index + 1;
  }
  return largest_text(runs);
}

bool is_worth_keeping(cairo_surface_t* image) {
  if (image == nullptr || cairo_surface_status(image) != CAIRO_STATUS_SUCCESS) return false;
  const int width = cairo_image_surface_get_width(image);
  const int height = cairo_image_surface_get_height(image);
  return std::min(width, height) >= smallest_side && std::int64_t{width} * height <= most_pixels;
}

}  // namespace

struct poppler_document::open_document {
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

poppler_document::poppler_document(const std::filesystem::path& file) : open_(std::make_unique<open_document>()) {
  const auto absolute = std::filesystem::absolute(file);
  const text_pointer uri(g_filename_to_uri(absolute.c_str(), nullptr, nullptr));
  GError* problem = nullptr;
  open_->document.reset(poppler_document_new_from_file(uri.get(), nullptr, &problem));
  if (open_->document) return;
  const std::string why = problem == nullptr ? "not a PDF" : problem->message;
  if (problem != nullptr) g_error_free(problem);
  throw error(error::kind::bad_document, why);
}

poppler_document::~poppler_document() = default;

pdf_facts poppler_document::facts() {
  pdf_facts out;
  out.pages = static_cast<std::size_t>(std::max(poppler_document_get_n_pages(open_->document.get()), 0));
  out.title = text_of(poppler_document_get_title(open_->document.get()));
  const std::unique_ptr<PopplerIndexIter, free_iterator> top(poppler_index_iter_new(open_->document.get()));
  open_->gather(top.get(), 1, out.sections);
  if (out.pages > 0) out.largest_text = largest_text_of(*open_->page(1));
  return out;
}

std::string poppler_document::text(std::size_t page) { return text_of(poppler_page_get_text(open_->page(page).get())); }

bool poppler_document::images(std::size_t page, const png_sink& take) {
  const auto on = open_->page(page);
  const std::unique_ptr<GList, free_mapping> mapping(poppler_page_get_image_mapping(on.get()));
  std::vector<int> ids;
  for (const auto* at = mapping.get(); at != nullptr; at = at->next) {
    ids.push_back(static_cast<const PopplerImageMapping*>(at->data)->image_id);
  }
  std::ranges::sort(ids);
  for (const int id : ids) {
    const std::unique_ptr<cairo_surface_t, destroy_surface> image(poppler_page_get_image(on.get(), id));
    if (image && cairo_surface_status(image.get()) == CAIRO_STATUS_NO_MEMORY) return false;
    if (!is_worth_keeping(image.get())) continue;
    auto sink = take;
    if (cairo_surface_write_to_png_stream(image.get(), hand_over, &sink) != CAIRO_STATUS_SUCCESS) return false;
    take({});
  }
  return true;
}

}  // namespace page_index
