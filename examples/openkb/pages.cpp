#include "pages.hpp"

#include "layout.hpp"
#include "links.hpp"
#include "plain_text.hpp"
#include "text_lines.hpp"

#include <algorithm>

namespace openkb::pages {

namespace {

// At the end of every line that openkb looks for again.
constexpr std::string_view part_mark = " <!-- openkb -->";

std::string link_to(std::string_view title, std::string_view target) {
  return "[" + escaped(title) + "](" + std::string(target) + ")";
}

std::string topics_section(const compiled& c, topic_kind kind, std::string_view heading) {
  std::string out;
  for (const auto& t : c.topics) {
    if (t.kind != kind) continue;
    const auto target = "../" + std::string(layout::directory_of(kind)) + '/' + t.slug + ".md";
    out += "- " + link_to(t.title, target) + '\n';
  }
  return out.empty() ? out : "\n## " + std::string(heading) + "\n\n" + out;
}

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

std::string original_link(const document& d, const identity& id) {
  return link_to("original", "../../" + layout::raw(id.name, d.extension));
}

bool is_part_of(std::string_view line, std::string_view document_name) {
  if (!line.starts_with("- [") || !line.ends_with(part_mark)) return false;
  const auto links = find_links(line);
  return !links.empty() && links.front().target == "../summaries/" + std::string(document_name) + ".md";
}

}  // namespace

std::string source(const document& d, const compiled& c, const identity& id) {
  auto out = "*Full text of " + link_to(c.title, "../summaries/" + id.name + ".md") + ", converted from the " +
             original_link(d, id) + ".*\n\n";
  const auto text = with_image_directory(d.markdown, id.name);
  out += std::string_view(text).substr(std::min(text.find_first_not_of('\n'), text.size()));
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

std::string summary(const document& d, const compiled& c, const identity& id) {
  auto out = "# " + escaped(c.title) + "\n";
  if (!c.summary.empty()) out += '\n';
  for (const auto& s : c.summary) out += block_safe(escaped(s)) + '\n';
  out += "\n- Source: " + link_to("full text", "../sources/" + id.name + ".md") + ", " + original_link(d, id) + '\n';
  out += "- From: " + code_span(d.place) + '\n';
  out += "- Added: " + id.added_at + (id.updated_at == id.added_at ? "" : ", updated: " + id.updated_at) + '\n';
  out += topics_section(c, topic_kind::concept_page, "Concepts");
  out += topics_section(c, topic_kind::entity_page, "Entities");
  return out;
}

std::string topic_head(const topic& t) {
  const std::string_view kind = t.kind == topic_kind::concept_page ? "A concept" : "An entity";
  return "# " + escaped(t.title) + "\n\n" + std::string(kind) + ", mentioned in:\n\n";
}

std::string topic_part(const topic& t, std::string_view document_name, std::string_view document_title) {
  auto out = "- " + link_to(document_title, "../summaries/" + std::string(document_name) + ".md");
  if (!t.excerpt.empty()) out += ": " + escaped(t.excerpt);
  return out.append(part_mark) + '\n';
}

std::string with_part(std::string_view page, std::string_view document_name, std::string_view part) {
  std::string out;
  bool placed = part.empty();
  for (const auto line : lines_of(page)) {
    if (!is_part_of(line, document_name)) {
      out.append(line).append("\n");
    } else if (!placed) {
      out += part;
      placed = true;
    }
  }
  if (!placed) out += part;
  return out;
}

std::string index_head() {
  return "# Index\n\nEvery document, in the order in which they were added. Each summary leads on to concepts and "
         "entities. [Log](log.md)\n\n";
}

std::string index_line(const document& d, const identity& id) {
  return "- " + link_to(id.name, "summaries/" + id.name + ".md") + " (" + std::string(to_string(d.format)) +
         ", added " + id.added_at.substr(0, 10) + ")\n";
}

std::string log_head() { return "# Log\n\n"; }

std::string log_line(std::string_view at, std::string_view what) {
  return "- " + std::string(at) + ' ' + std::string(what) + '\n';
}

}  // namespace openkb::pages
