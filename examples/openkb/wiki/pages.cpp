#include "wiki/pages.hpp"

#include "knowledge_base/layout.hpp"
#include "text/links.hpp"
#include "text/nfc.hpp"
#include "text/plain_text.hpp"
#include "text/slug.hpp"
#include "wiki/page_lines.hpp"
#include "wiki/summary_topics.hpp"

#include <algorithm>

namespace openkb::pages {

namespace {

std::string with_image_directory(std::string_view markdown, std::string_view name) {
  std::string out;
  for (;;) {
    const auto at = markdown.find(image_directory);
    out += markdown.substr(0, at);
    if (at == std::string_view::npos) return out;
    out.append("images/").append(name).append("/");
    markdown.remove_prefix(at + image_directory.size());
  }
}

std::string original_of(const origin& from, const identity& id) {
  if (from.extension.empty()) return code_span(from.place);
  return "the " + link_to("original", "../../" + layout::raw(id.name, from.extension));
}

// The first line of a source page.
std::string source_head(std::string_view title, const origin& from, const identity& id) {
  return "*Full text of " + link_to(title, "../summaries/" + id.name + ".md") + ", converted from " +
         original_of(from, id) + ".*";
}

// Whether a line is one of these, whatever document it is of, and nobody wrote anything behind it.
bool is_source_head(std::string_view line) {
  constexpr std::string_view way = "](../summaries/";
  constexpr std::string_view conversion = ".md), converted from ";
  constexpr std::string_view end = ".*";
  const auto summary = line.find(way);
  const auto converted = summary == std::string_view::npos ? summary : line.find(conversion, summary);
  if (!line.starts_with("*Full text of [") || !line.ends_with(end) || converted == std::string_view::npos) return false;
  auto original = line.substr(converted + conversion.size());
  original.remove_suffix(std::min(end.size(), original.size()));
  if (original.starts_with("the [original](../../raw/")) return original.find(')') == original.size() - 1;
  return original.size() > 1 && original.starts_with('`') && original.ends_with('`');
}

// The line of openkb's that a source page begins with; empty where there is none.
std::string_view head_in_source(std::string_view page) {
  auto line = page.substr(0, page.find('\n'));
  if (line.size() < page.size() && line.ends_with('\r')) line.remove_suffix(1);
  return is_source_head(line) ? line : std::string_view{};
}

std::string_view behind_line_end(std::string_view text) {
  text.remove_prefix(text.starts_with("\r\n") ? 2 : text.starts_with('\n') ? 1 : 0);
  return text;
}

// As openkb wrote it. Without a title, all that is known of it is the name that the file got from it.
bool is_topic_heading(std::string_view line, const topic& t) {
  constexpr std::string_view mark = "# ";
  if (!line.starts_with(mark)) return false;
  const auto title = line.substr(mark.size());
  if (!t.title.empty()) return title == escaped(t.title);
  constexpr std::size_t distinction = 9;  // a hyphen and eight digits (distinct_slug)
  const auto name = slug(plain_text(title));
  const auto file = nfc(t.slug);
  return file == name || (file.size() == name.size() + distinction && file.starts_with(name + '-'));
}

bool is_part_of(std::string_view line, std::string_view document_name) {
  return line.ends_with(part_mark) && same_name(document_in(line, "../summaries/"), document_name);
}

}  // namespace

std::string source(std::string_view markdown, std::string_view title, const origin& from, const identity& id) {
  auto out = source_head(title, from, id) + "\n\n";
  const auto text = with_image_directory(markdown, id.name);
  out += std::string_view(text).substr(std::min(text.find_first_not_of('\n'), text.size()));
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

std::string with_source_head(std::string_view page, std::string_view title, const origin& from, const identity& id) {
  const auto now = source_head(title, from, id);
  const auto before = head_in_source(page);
  if (!before.empty()) return now + std::string(page.substr(before.size()));
  const auto end = line_end_of(page);
  return (now + std::string(end)).append(end).append(page);
}

std::string_view text_in_source(std::string_view page) {
  const auto head = head_in_source(page);
  if (head.empty()) return page;
  // The empty line below it is openkb's as well.
  return behind_line_end(behind_line_end(page.substr(head.size())));
}

std::string summary(const compiled& c, const origin& from, const identity& id, const std::vector<topic>& topics) {
  auto out = "# " + escaped(c.title) + "\n";
  if (!c.summary.empty()) out += '\n';
  for (const auto& s : c.summary) out += block_safe(escaped(s)) + '\n';
  out += "\n- Source: " + link_to("full text", "../sources/" + id.name + ".md");
  if (!from.extension.empty()) out += ", " + link_to("original", "../../" + layout::raw(id.name, from.extension));
  out += "\n- From: " + code_span(from.place) + '\n';
  out += "- Added: " + id.added_at + (id.updated_at == id.added_at ? "" : ", updated: " + id.updated_at) + '\n';
  return with_topics(out, topics);
}

std::string topic_head(const topic& t) {
  const std::string_view kind = t.kind == topic_kind::concept_page ? "A concept" : "An entity";
  return "# " + escaped(t.title) + "\n\n" + std::string(kind) + ", mentioned in:\n\n";
}

bool is_bare_topic(std::string_view page, const topic& t) {
  const auto lines = page_lines_of(page);
  const auto is_kind = [](std::string_view line) {
    return line == "A concept, mentioned in:" || line == "An entity, mentioned in:";
  };
  return lines.size() == 4 && is_topic_heading(lines[0].text, t) && lines[1].text.empty() && is_kind(lines[2].text) &&
         lines[3].text.empty();
}

std::string topic_part(const page_part& part) {
  auto out = "- " + link_to(part.title, "../summaries/" + part.document + ".md");
  if (!part.excerpt.empty()) out += ": " + escaped(part.excerpt);
  return out.append(part_mark) + '\n';
}

std::string with_part(std::string_view page, std::string_view document_name, std::string_view part) {
  const auto text = part.substr(0, part.find('\n'));
  std::string out;
  bool placed = part.empty();
  for (const auto& line : page_lines_of(page)) {
    if (!is_part_of(line.text, document_name)) {
      out += line.whole;
    } else if (!placed) {
      out.append(text).append(line.end());
      placed = true;
    }
  }
  if (placed) return out;
  if (!out.empty() && !out.ends_with('\n')) out += '\n';
  return out.append(part);
}

std::vector<std::string> documents_in_page(std::string_view page) {
  std::vector<std::string> out;
  for (const auto& line : page_lines_of(page)) {
    if (!line.text.ends_with(part_mark)) continue;
    if (auto name = document_in(line.text, "../summaries/"); !name.empty()) out.push_back(std::move(name));
  }
  return out;
}

std::string log_head() { return "# Log\n\n"; }

std::string log_line(std::string_view at, std::string_view what) {
  return "- " + std::string(at) + ' ' + std::string(what) + '\n';
}

}  // namespace openkb::pages
