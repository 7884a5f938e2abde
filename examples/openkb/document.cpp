#include "document.hpp"

#include "convert_html.hpp"
#include "convert_markdown.hpp"
#include "convert_text.hpp"
#include "plain_text.hpp"
#include "relocate.hpp"
#include "slug.hpp"
#include "source_file.hpp"
#include "utf8.hpp"

#include <array>
#include <utility>

namespace openkb {

namespace {

constexpr std::uint64_t largest_document = std::uint64_t{64} << 20U;

constexpr std::array<std::pair<std::string_view, format>, 6> extensions{{{".md", format::markdown},
                                                                         {".markdown", format::markdown},
                                                                         {".txt", format::text},
                                                                         {".text", format::text},
                                                                         {".html", format::html},
                                                                         {".htm", format::html}}};

cp::result<void> require_text(std::string_view bytes, const std::string& file) {
  const auto bad = std::min(utf8::first_error(bytes), bytes.find('\0'));
  if (bad != std::string_view::npos) {
    return cp::failure(make_error_code(error::not_utf8), file,
                       "byte " + std::to_string(bad) +
                           " is the first wrong one; convert it, for example with: iconv -f ISO-8859-1 -t UTF-8");
  }
  if (trimmed(bytes).empty()) return cp::failure(make_error_code(error::no_text), file);
  return cp::success();
}

converted convert(format f, std::string_view source) {
  switch (f) {
    case format::text: return convert_text(source);
    case format::html: return convert_html(source);
    case format::markdown: break;
  }
  return convert_markdown(source);
}

}  // namespace

std::string_view to_string(format f) noexcept {
  switch (f) {
    case format::text: return "text";
    case format::html: return "html";
    case format::markdown: break;
  }
  return "markdown";
}

std::optional<format> format_of(const std::filesystem::path& file) {
  const auto extension = utf8::lowered(file.extension().native());
  for (const auto& [known, f] : extensions) {
    if (extension == known) return f;
  }
  return std::nullopt;
}

cp::result<document> read_document(const std::filesystem::path& file) {
  BOOST_OUTCOME_TRY(auto place, place_of(file));
  BOOST_OUTCOME_TRY(auto source, read_source(file, largest_document));
  const std::filesystem::path path(place);
  const auto kind = format_of(path);
  if (!kind) return cp::failure(make_error_code(error::not_a_document), file.native());
  BOOST_OUTCOME_TRYV(require_text(source.bytes, file.native()));

  auto text = convert(*kind, source.bytes);
  if (trimmed(text.markdown).empty()) return cp::failure(make_error_code(error::no_text), file.native());
  auto moved = relocate(text.markdown, path.parent_path());
  document out;
  out.place = std::move(place);
  out.stem = slug(path.stem().native());
  out.extension = utf8::lowered(path.extension().native());
  out.format = *kind;
  out.bytes = std::move(source.bytes);
  out.sha256 = std::move(source.sha256);
  out.title = std::move(text.title);
  out.markdown = std::move(moved.markdown);
  out.images = std::move(moved.images);
  out.warnings = std::move(moved.warnings);
  return out;
}

}  // namespace openkb
