#include "documents/document.hpp"

#include "converters/charset.hpp"
#include "converters/convert_html.hpp"
#include "converters/convert_markdown.hpp"
#include "converters/convert_pdf.hpp"
#include "converters/convert_text.hpp"
#include "converters/relocate.hpp"
#include "documents/readable_text.hpp"
#include "documents/source_file.hpp"
#include "documents/standard_input.hpp"
#include "remote/http.hpp"
#include "terminal/utf8.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"
#include "text/replacements.hpp"
#include "text/slug.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace openkb {

namespace {

constexpr std::array<std::pair<std::string_view, format>, 7> extensions{{{".md", format::markdown},
                                                                         {".markdown", format::markdown},
                                                                         {".txt", format::text},
                                                                         {".text", format::text},
                                                                         {".html", format::html},
                                                                         {".htm", format::html},
                                                                         {".pdf", format::pdf}}};

std::string file_name_of(const original& source) {
  return source.base_url.empty() ? std::filesystem::path(source.place).filename().native()
                                 : name_in_url(source.base_url);
}

converted convert_as(const original& from, std::string_view source) {
  switch (from.format) {
    case format::text: return convert_text(source);
    case format::html: return convert_html(source, file_name_of(from));
    case format::markdown:
    case format::pdf:
    case format::cloud: break;
  }
  return convert_markdown(source);
}

// Beside what came through a pipe there is nothing, unless somebody says where it is from. What it names is named as it
// is itself.
relocated text_from_nowhere(std::string_view markdown) {
  relocated out;
  replacements moved;
  for (const auto& l : find_links(markdown)) {
    if (l.target.empty() || l.target[0] == '#' || is_absolute_url(l.target)) continue;
    const auto split = std::min(l.target.find_first_of("?#"), l.target.size());
    const auto target = encoded_target(decoded_target(l.target.substr(0, split))) + l.target.substr(split);
    moved.add(l.begin, l.end, place_of_piped(target));
    if (!l.image) continue;
    out.warnings.push_back("image '" + l.target +
                           "' is nowhere; say with --images-from DIR where the document is from");
  }
  out.markdown = moved.in(markdown);
  return out;
}

relocated relocated_text(const original& source, const converted& text, const reading& how) {
  if (is_piped(source.place)) {
    if (!how.images_from.empty()) return relocate(text.markdown, how.images_from.front(), how.images_from, text.base);
    return is_absolute_url(text.base) ? relocate_from_web(text.markdown, text.base) : text_from_nowhere(text.markdown);
  }
  if (!source.base_url.empty()) {
    const auto base = text.base.empty() ? source.base_url : resolved_url(source.base_url, text.base);
    return relocate_from_web(text.markdown, base);
  }
  return relocate(text.markdown, std::filesystem::path(source.place).parent_path(), how.images_from, text.base);
}

// Numbers that are no character's, such as &#0;, leave a mark each.
std::string about_references(std::size_t count) {
  return counted(count, "character reference names", "character references name") + " no character and became U+FFFD";
}

cp::result<document> convert_a_text(original&& source, const reading& how) {
  BOOST_OUTCOME_TRY(auto read, text_of(source, how));
  auto text = convert_as(source, read.text);
  if (trimmed(text.markdown).empty()) return cp::failure(make_error_code(error::no_text), source.place);
  const auto marks = count_replacements(text.markdown);
  const auto known = count_replacements(read.text);
  if (marks > known) read.warnings.push_back(about_references(marks - known));
  auto moved = relocated_text(source, text, how);
  document out;
  static_cast<original&>(out) = std::move(source);
  out.title = std::move(text.title);
  out.markdown = std::move(moved.markdown);
  out.images = std::move(moved.images);
  out.warnings = std::move(read.warnings);
  std::ranges::move(moved.warnings, std::back_inserter(out.warnings));
  return out;
}

cp::result<original> read_pdf(original out, const std::filesystem::path& file, const reading& how) {
  auto copy = how.staging.empty() ? file : how.staging / "original.pdf";
  BOOST_OUTCOME_TRY(auto copied,
                    copy_source(file, how.staging.empty() ? std::filesystem::path() : copy, largest_pdf, how.stop));
  out.file = std::move(copy);
  out.size = copied.size;
  out.sha256 = std::move(copied.sha256);
  out.version = std::move(copied.version);
  return out;
}

}  // namespace

std::string_view to_string(format f) noexcept {
  switch (f) {
    case format::text: return "text";
    case format::html: return "html";
    case format::pdf: return "pdf";
    case format::cloud: return "pageindex-cloud";
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

cp::result<original> read_original(const std::filesystem::path& file, const reading& how) {
  original out;
  BOOST_OUTCOME_TRY(out.place, place_of(file));
  const std::filesystem::path path(out.place);
  const auto kind = format_of(path);
  out.stem = slug(path.stem().native());
  out.extension = utf8::lowered(path.extension().native());
  out.format = kind.value_or(format::text);
  if (kind == format::pdf) return read_pdf(std::move(out), file, how);
  BOOST_OUTCOME_TRY(auto source, read_source(file, largest_text));
  if (!kind) return cp::failure(make_error_code(error::not_a_document), file.native());
  out.size = source.bytes.size();
  out.bytes = std::move(source.bytes);
  out.sha256 = std::move(source.sha256);
  out.version = std::move(source.version);
  return out;
}

cp::result<document> convert(original&& source, const reading& how) {
  if (source.format == format::pdf) return convert_pdf(std::move(source), how);
  return convert_a_text(std::move(source), how);
}

cp::result<document> read_document(const std::filesystem::path& file, const reading& how) {
  BOOST_OUTCOME_TRY(auto source, read_original(file, how));
  return convert(std::move(source), how);
}

bool is_unchanged(const original& source) {
  if (source.version.empty()) return true;
  return version_of(source.place) == source.version;
}

}  // namespace openkb
