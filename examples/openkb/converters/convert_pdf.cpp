#include "converters/convert_pdf.hpp"

#include "converters/convert_text.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"
#include "text/text_lines.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace openkb {

namespace {

// Bytes that are no UTF-8 do not come out of poppler; control characters do, out of damaged fonts.
std::string clean(std::string text) {
  std::erase_if(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7F;
  });
  return text;
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

document gather(original&& source, const page_index::pdf_file& pdf, const reading& how) {
  document out;
  static_cast<original&>(out) = std::move(source);
  out.title = std::string(trimmed(clean(pdf.title())));
  out.pages = pdf.pages();
  out.is_long = out.pages >= how.index_from;
  std::vector<page_index::page> pages;
  for (std::size_t number = 1; number <= out.pages; ++number) {
    if (how.stop.stop_requested()) throw page_index::error(page_index::error::kind::cancelled, "cancelled");
    auto& p = pages.emplace_back(page_index::page{number, pdf.text(number), {}});
    if (out.is_long) continue;
    pdf.images(number, [&](std::string&& png) {
      auto name = "p" + std::to_string(number) + "-" + std::to_string(p.images.size() + 1) + ".png";
      p.images.push_back(name);
      out.images.push_back({std::move(name), std::move(png)});
    });
  }
  out.markdown = markdown_of_pages(pages, pdf.sections(), [](const std::string& name) {
    return std::string(image_directory) + encoded_target(name);
  });
  return out;
}

}  // namespace

std::string markdown_of_pages(const std::vector<page_index::page>& pages,
                              const std::vector<page_index::section>& sections,
                              const std::function<std::string(const std::string&)>& image_link) {
  std::string out;
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
    const auto text = convert_text(without_headings(clean(p.text), headings)).markdown;
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
    case page_index::error::kind::store_failed: break;
  }
  return {make_error_code(error::index_failed), document, e.what()};
}

cp::result<document> convert_pdf(original&& source, const reading& how) {
  const auto place = source.place;
  try {
    const page_index::pdf_file pdf(source.file);
    auto out = gather(std::move(source), pdf, how);
    if (out.pages == 0) return cp::failure(make_error_code(error::no_text), place);
    return out;
  } catch (const page_index::error& e) {
    return failure_of(e, place);
  }
}

}  // namespace openkb
