#include "converters/pdf_title.hpp"

#include "terminal/utf8.hpp"
#include "text/npos.hpp"
#include "text/plain_text.hpp"
#include "text/slug.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace openkb {

namespace {

constexpr std::size_t longest_title = 300;  // bytes

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// What programs put there when nobody gave a title.
bool is_nobodys(std::string_view small) {
  constexpr std::array<std::string_view, 15> known{
      "untitled",     "untitled document", "no title",  "title",    "unknown",      "none",
      "null",         "(anonymous)",       "anonymous", "document", "presentation", "powerpoint presentation",
      "new document", "(untitled)",        "slide 1"};
  constexpr std::array<std::string_view, 3> numbered{"untitled", "document", "unbenannt"};
  if (std::ranges::find(known, small) != known.end()) return true;
  return std::ranges::any_of(numbered, [&](auto name) {
    return small.starts_with(name) && small.find_first_not_of("-_ 0123456789", name.size()) == npos;
  });
}

// `Microsoft Word - report.docx`
bool is_by_program(std::string_view small) {
  constexpr std::array<std::string_view, 5> programs{"microsoft word - ", "microsoft powerpoint - ",
                                                     "microsoft excel - ", "microsoft publisher - ",
                                                     "microsoft visio - "};
  return std::ranges::any_of(programs, [&](auto p) { return small.starts_with(p); });
}

bool is_file_name(std::string_view small) {
  constexpr std::array<std::string_view, 28> extensions{".doc",  ".docx", ".dot", ".rtf",  ".odt", ".ott",  ".txt",
                                                        ".md",   ".tex",  ".dvi", ".ps",   ".eps", ".pdf",  ".ppt",
                                                        ".pptx", ".odp",  ".xls", ".xlsx", ".ods", ".indd", ".qxd",
                                                        ".fm",   ".pmd",  ".p65", ".pub",  ".vsd", ".html", ".htm"};
  if (std::ranges::any_of(extensions, [&](auto e) { return small.size() > e.size() && small.ends_with(e); }))
    return true;
  if (small.starts_with("file:") || small.starts_with("http:") || small.starts_with("https:")) return true;
  if (small.find(":\\") != npos || small.starts_with('/')) return true;
  // annual_report_v2
  return small.find(' ') == npos && small.find('_') != npos;
}

// `1 Introduction`, `2.3. Results`, `IV. Discussion`, `Chapter 1: How it began`. A year is no number of a heading.
std::string_view without_number(std::string_view text) {
  auto rest = text;
  const auto small = utf8::lowered(text.substr(0, 9));
  for (const std::string_view word : {"chapter ", "section ", "part "}) {
    if (small.starts_with(word)) rest.remove_prefix(word.size());
  }
  const auto blank = std::min(rest.find_first_of(" :"), rest.size());
  auto number = rest.substr(0, blank);
  while (number.ends_with('.') || number.ends_with(')')) number.remove_suffix(1);
  const auto digits = std::ranges::count_if(number, is_digit);
  const bool arabic =
      digits > 0 && number.find_first_not_of("0123456789.") == npos && (digits < 4 || number.find('.') != npos);
  const bool roman = !number.empty() && number.find_first_not_of("IVX") == npos &&
                     (number.size() < blank || rest.size() < text.size());
  if (!arabic && !roman) return text;
  rest.remove_prefix(blank);
  return trimmed(rest.substr(rest.starts_with(':') ? 1 : 0));
}

bool is_customary(std::string_view small) {
  constexpr std::array<std::string_view, 16> known{"introduction", "contents",   "table of contents",  "abstract",
                                                   "overview",     "preface",    "foreword",           "cover",
                                                   "cover page",   "title page", "titlepage",          "title",
                                                   "summary",      "inhalt",     "inhaltsverzeichnis", "einleitung"};
  return std::ranges::find(known, small) != known.end();
}

bool can_be_title(std::string_view text) {
  const auto small = utf8::lowered(text);
  const bool words = std::ranges::any_of(text, [](unsigned char c) { return std::isalpha(c) != 0 || c >= 0x80; });
  return words && text.size() <= longest_title && text.find("\xEF\xBF\xBD") == npos && !is_nobodys(small) &&
         !is_by_program(small) && !is_file_name(small);
}

bool is_heading(std::string_view text) {
  return without_number(text).size() < text.size() || is_customary(utf8::lowered(text));
}

}  // namespace

std::string best_title(const title_candidates& from) {
  const std::string_view own = trimmed(from.own);
  const std::string_view largest = trimmed(from.largest);
  const std::string_view first = trimmed(from.first_heading);
  // A number at the beginning is the title's own where the first page sets it largest.
  const bool confirmed = utf8::lowered(own) == utf8::lowered(largest);
  if (can_be_title(own) && (confirmed || !is_heading(own))) return std::string(own);
  if (can_be_title(largest) && !is_heading(largest)) return std::string(largest);
  const bool is_that = without_number(largest) == first || without_number(own) == first;
  if (can_be_title(first) && !is_heading(first) && !is_that) return std::string(first);
  auto words = from.stem;
  std::ranges::replace(words, '-', ' ');
  return utf8::capitalised(words);
}

}  // namespace openkb
