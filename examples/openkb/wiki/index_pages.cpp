#include "wiki/index_pages.hpp"

#include "documents/document.hpp"
#include "knowledge_base/layout.hpp"
#include "text/initial.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"
#include "wiki/page_lines.hpp"
#include "wiki/pages.hpp"

#include <algorithm>
#include <array>

namespace openkb::pages {

namespace {

constexpr std::string_view begins = "<!-- openkb keeps what follows -->";
constexpr std::string_view ends = "<!-- openkb kept what precedes -->";
// What an older openkb began its index with.
constexpr std::string_view old_sentence =
    "Every document, in the order in which they were added. Each summary leads on to concepts and entities. "
    "[Log](log.md)";

std::string counted_documents(std::int64_t n) { return counted(static_cast<std::size_t>(n), "document", "documents"); }

// What a document is listed with, behind its title.
std::string facts_of(const entry& document) {
  return " (" + document.format + ", added " + document.added_at.substr(0, 10) + ")";
}

// The name of the document, in a line as an older openkb wrote it: `- [a](summaries/a.md) (text, added 2026-01-31)`.
// Empty for any other one.
std::string document_in_old_line(std::string_view line) {
  auto name = document_in(line, "summaries/");
  const auto head = "- " + link_to(name, "summaries/" + name + ".md") + " (";
  if (name.empty() || !line.starts_with(head)) return {};
  constexpr std::array formats{format::markdown, format::text, format::html, format::pdf, format::cloud};
  constexpr std::string_view form = ", added 0000-00-00)";
  const auto facts = line.substr(head.size());
  const auto comma = std::min(facts.find(','), facts.size());
  const auto fits = [](char c, char in_form) { return in_form == '0' ? c >= '0' && c <= '9' : c == in_form; };
  const bool known = std::ranges::any_of(formats, [&](format f) { return to_string(f) == facts.substr(0, comma); });
  return known && std::ranges::equal(facts.substr(comma), form, fits) ? name : std::string{};
}

std::string ended_with(std::string_view line_end, std::string_view text) {
  std::string out;
  for (const auto& line : page_lines_of(text)) out.append(line.text).append(line.end().empty() ? "" : line_end);
  return out;
}

std::string text_of(const contents& now) {
  const auto concepts = counted(static_cast<std::size_t>(now.concepts), "concept", "concepts");
  const auto entities = counted(static_cast<std::size_t>(now.entities), "entity", "entities");
  auto out = counted_documents(now.documents) + ", " + concepts + " and " + entities + ". [Log](log.md)\n";
  if (!now.initials.empty()) out += "\n## Documents by title\n\n";
  for (const auto& [initial, documents] : now.initials) {
    const auto page = layout::initial_page(initial).substr(layout::wiki.size());
    out += "- " + link_to(shown_initial(initial), encoded_target(page)) + ": " + counted_documents(documents) + '\n';
  }
  if (!now.shared.empty()) out += "\n## What many speak of\n\n";
  for (const auto& [page, documents] : now.shared) {
    const auto target = layout::page(page.kind, page.slug).substr(layout::wiki.size());
    out += "- " + link_to(page.title, target) + ": " + counted_documents(documents) + '\n';
  }
  if (!now.latest.empty()) out += "\n## Added last\n\n";
  for (const auto& document : now.latest) {
    out += "- " + link_to(document.title, "summaries/" + document.name + ".md") + facts_of(document) + '\n';
  }
  return out;
}

}  // namespace

// A person may have lost one of the two comments, and what is between the others is that person's.
std::string_view contents_in(std::string_view index) {
  auto begin = std::string_view::npos;
  for (const auto& line : page_lines_of(index)) {
    const auto at = static_cast<std::size_t>(line.whole.data() - index.data());
    if (line.text == begins) begin = at;
    if (line.text == ends && begin != std::string_view::npos)
      return index.substr(begin, at + line.whole.size() - begin);
  }
  return {};
}

std::string with_contents(std::string_view index, const contents& now) {
  const auto part = std::string(begins) + "\n\n" + text_of(now) + '\n' + std::string(ends);
  if (const auto before = contents_in(index); !before.empty()) {
    const auto begin = static_cast<std::size_t>(before.data() - index.data());
    const auto end = begin + before.rfind(ends) + ends.size();
    return std::string(index.substr(0, begin)).append(ended_with(line_end_of(before), part)).append(index.substr(end));
  }
  std::string out(index.empty() ? "# Index\n" : index);
  const auto end = line_end_of(out);
  if (!out.ends_with('\n')) out += end;
  if (!page_lines_of(out).back().text.empty()) out += end;
  return out + ended_with(end, part + '\n');
}

std::string without_old_list(std::string_view index) {
  std::string out;
  bool behind_sentence = false;
  for (const auto& line : page_lines_of(index)) {
    const bool is_sentence = line.text == old_sentence;
    // The empty line below the sentence is openkb's as well.
    const bool own = is_sentence || (behind_sentence && line.text.empty()) || !document_in_old_line(line.text).empty();
    behind_sentence = is_sentence;
    if (!own) out += line.whole;
  }
  return out;
}

std::string initial_head(std::string_view initial) {
  return "# " + shown_initial(initial) +
         "\n\nDocuments by title, in the order in which they came. [Index](../index.md)\n\n";
}

bool is_bare_initial(std::string_view page, std::string_view initial) {
  return page == ended_with(line_end_of(page), initial_head(initial));
}

std::string index_line(const entry& document) {
  return "- " + link_to(document.title, "../summaries/" + document.name + ".md") + facts_of(document) +
         std::string(part_mark) + '\n';
}

std::string without_line(std::string_view page, std::string_view document_name) {
  return with_part(page, document_name, {});
}

std::vector<std::string> documents_in_index(std::string_view page) { return documents_in_page(page); }

std::vector<std::string> documents_in_old_index(std::string_view page) {
  std::vector<std::string> out;
  for (const auto& line : page_lines_of(page)) {
    if (auto name = document_in_old_line(line.text); !name.empty()) out.push_back(std::move(name));
  }
  return out;
}

}  // namespace openkb::pages
