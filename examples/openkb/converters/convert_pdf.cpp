#include "converters/convert_pdf.hpp"

#include "converters/charset.hpp"
#include "converters/convert_text.hpp"
#include "converters/hyphenation.hpp"
#include "converters/pdf_title.hpp"
#include "page_index/pdf_limits.hpp"
#include "terminal/utf8.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"
#include "text/text_lines.hpp"

#include <algorithm>
#include <utility>

namespace openkb {

namespace {

// Control characters come out of fonts that do not say what their letters are.
bool is_meaningless(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
}

std::string clean(std::string text) {
  std::erase_if(text, is_meaningless);
  return text;
}

std::size_t count_meaningless(const std::string& text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, is_meaningless)) + count_replacements(text);
}

// A heading of the outline mostly stands in the text as well; there it is taken out of the way.
std::string without_headings(const std::string& text, const std::vector<std::string>& headings) {
  std::string out;
  for (const auto line : lines_of(text)) {
    const bool is_heading = std::ranges::any_of(headings, [&](const auto& h) { return trimmed(line) == h; });
    if (!is_heading) out.append(line).append("\n");
  }
  return out;
}

std::vector<std::string_view> texts_of(const std::vector<page_index::page>& pages) {
  std::vector<std::string_view> out;
  for (const auto& p : pages) out.emplace_back(p.text);
  return out;
}

std::string numbers_of(const std::vector<std::size_t>& pages) {
  constexpr std::size_t most = 8;
  std::string out;
  for (std::size_t i = 0; i < std::min(pages.size(), most); ++i) out += (i == 0 ? "" : ", ") + std::to_string(pages[i]);
  return pages.size() > most ? out + " and others" : out;
}

// What was lost, or was never there, is said.
std::vector<std::string> warnings_about(const std::vector<page_index::page>& pages) {
  std::vector<std::string> out;
  std::vector<std::size_t> empty;
  std::vector<std::size_t> odd;
  std::size_t meaningless = 0;
  for (const auto& p : pages) {
    if (trimmed(clean(p.text)).empty()) empty.push_back(p.number);
    const auto count = count_meaningless(p.text);
    if (count > 0) odd.push_back(p.number);
    meaningless += count;
  }
  if (!empty.empty()) {
    const bool all = empty.size() == pages.size();
    out.push_back("no text on " + std::to_string(empty.size()) + " of " + counted(pages.size(), "page", "pages") +
                  (all ? std::string() : " (" + numbers_of(empty) + ")") +
                  ": a scan? A program for OCR, such as ocrmypdf, can put the text in");
  }
  if (!odd.empty()) {
    out.push_back(counted(meaningless, "character has a font that does", "characters have fonts that do") +
                  " not say which, on " + (odd.size() == 1 ? "page " : "pages ") + numbers_of(odd) +
                  ": left out, or U+FFFD");
  }
  return out;
}

std::string title_of(const page_index::pdf_file& pdf, const std::string& stem) {
  const auto& sections = pdf.sections();
  const auto first = std::ranges::find_if(sections, [](const auto& s) { return !trimmed(s.title).empty(); });
  return best_title({.own = clean(pdf.title()),
                     .largest = clean(pdf.largest_text()),
                     .first_heading = first == sections.end() ? std::string{} : clean(first->title),
                     .stem = stem});
}

document gather(original&& source, const page_index::pdf_file& pdf, const reading& how) {
  document out;
  static_cast<original&>(out) = std::move(source);
  out.title = title_of(pdf, out.stem);
  out.pages = pdf.pages();
  out.is_long = out.pages >= how.index_from;
  std::vector<page_index::page> pages;
  std::vector<std::size_t> cut_short;
  for (std::size_t number = 1; number <= out.pages; ++number) {
    if (how.stop.stop_requested()) throw page_index::error(page_index::error::kind::cancelled, "cancelled");
    auto& p = pages.emplace_back(page_index::page{number, pdf.text(number), {}});
    if (out.is_long) continue;
    const bool all = pdf.images(number, [&](std::string&& png) {
      auto name = "p" + std::to_string(number) + "-" + std::to_string(p.images.size() + 1) + ".png";
      p.images.push_back(name);
      out.images.push_back({std::move(name), std::move(png)});
    });
    if (!all) cut_short.push_back(number);
  }
  out.warnings = warnings_about(pages);
  if (!cut_short.empty()) out.warnings.push_back(about_images_left_out(cut_short));
  out.markdown = markdown_of_pages(pages, pdf.sections(), [](const std::string& name) {
    return std::string(image_directory) + encoded_target(name);
  });
  return out;
}

}  // namespace

std::string about_images_left_out(const std::vector<std::size_t>& pages) {
  return "an image on " + std::string(pages.size() == 1 ? "page " : "pages ") + numbers_of(pages) +
         " takes more than " + std::to_string(page_index::image_memory >> 20U) + " MiB of memory or " +
         std::to_string(page_index::page_seconds) + " seconds to read, and was left out";
}

std::string markdown_of_pages(const std::vector<page_index::page>& pages,
                              const std::vector<page_index::section>& sections,
                              const std::function<std::string(const std::string&)>& image_link) {
  std::string out;
  const hyphenation words(texts_of(pages));
  for (const auto& p : pages) {
    out += "<!-- page " + std::to_string(p.number) + " -->\n\n";
    std::vector<std::string> headings;
    for (const auto& s : sections) {
      const auto title = clean(s.title);
      if (s.page != p.number || trimmed(title).empty()) continue;
      headings.emplace_back(trimmed(title));
      const auto level = static_cast<std::size_t>(std::clamp(s.level, 1, 5));
      out += std::string(level + 1, '#') + ' ' + escaped(headings.back()) + "\n\n";
    }
    const auto text = convert_text(without_headings(clean(words.joined(p.text)), headings)).markdown;
    if (!trimmed(text).empty()) out += text + '\n';
    for (const auto& name : p.images) {
      out += "![](" + image_link(name) + ")\n\n";  // no words: none that a compiler would count
    }
  }
  return out;
}

cp::failure failure_of(const page_index::error& e, const std::string& document) {
  switch (e.why()) {
    case page_index::error::kind::cancelled: return cp::errc::cancelled;
    case page_index::error::kind::bad_document: return {make_error_code(error::bad_pdf), document, e.what()};
    case page_index::error::kind::no_process: return {e.code(), document, e.what()};
    case page_index::error::kind::store_failed: break;
  }
  return {make_error_code(error::index_failed), document, e.what()};
}

cp::result<document> convert_pdf(original&& source, const reading& how) {
  const auto place = source.place;
  try {
    const page_index::pdf_file pdf(source.file, how.stop);
    auto out = gather(std::move(source), pdf, how);
    if (out.pages == 0) return cp::failure(make_error_code(error::no_text), place);
    return out;
  } catch (const page_index::error& e) {
    return failure_of(e, place);
  }
}

}  // namespace openkb
