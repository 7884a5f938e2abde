#include "wiki/pages.hpp"

#include "knowledge_base/layout.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"
#include "text/text_lines.hpp"

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

std::string original_of(const origin& from, const identity& id) {
  if (from.extension.empty()) return code_span(from.place);
  return "the " + link_to("original", "../../" + layout::raw(id.name, from.extension));
}

// The name of the document that a line of openkb's leads to.
std::string document_in(std::string_view line, std::string_view directory) {
  const auto links = find_links(line);
  if (links.empty() || !links.front().target.starts_with(directory) || !links.front().target.ends_with(".md"))
    return {};
  const auto& target = links.front().target;
  return target.substr(directory.size(), target.size() - directory.size() - 3);
}

bool is_part_of(std::string_view line, std::string_view document_name) {
  if (!line.starts_with("- [") || !line.ends_with(part_mark)) return false;
  const auto links = find_links(line);
  return !links.empty() && links.front().target == "../summaries/" + std::string(document_name) + ".md";
}

}  // namespace

std::string source(std::string_view markdown, std::string_view title, const origin& from, const identity& id) {
  auto out = "*Full text of " + link_to(title, "../summaries/" + id.name + ".md") + ", converted from " +
             original_of(from, id) + ".*\n\n";
  const auto text = with_image_directory(markdown, id.name);
  out += std::string_view(text).substr(std::min(text.find_first_not_of('\n'), text.size()));
  if (!out.ends_with('\n')) out += '\n';
  return out;
}

std::string_view text_in_source(std::string_view page) {
  const auto end = page.find("\n\n");
  if (!page.starts_with("*Full text of ") || end == std::string_view::npos) return page;
  return page.substr(end + 2);
}

std::string summary(const compiled& c, const origin& from, const identity& id) {
  auto out = "# " + escaped(c.title) + "\n";
  if (!c.summary.empty()) out += '\n';
  for (const auto& s : c.summary) out += block_safe(escaped(s)) + '\n';
  out += "\n- Source: " + link_to("full text", "../sources/" + id.name + ".md");
  if (!from.extension.empty()) out += ", " + link_to("original", "../../" + layout::raw(id.name, from.extension));
  out += "\n- From: " + code_span(from.place) + '\n';
  out += "- Added: " + id.added_at + (id.updated_at == id.added_at ? "" : ", updated: " + id.updated_at) + '\n';
  out += topics_section(c, topic_kind::concept_page, "Concepts");
  out += topics_section(c, topic_kind::entity_page, "Entities");
  return out;
}

std::string topic_head(const topic& t) {
  const std::string_view kind = t.kind == topic_kind::concept_page ? "A concept" : "An entity";
  return "# " + escaped(t.title) + "\n\n" + std::string(kind) + ", mentioned in:\n\n";
}

bool is_bare_topic(std::string_view page) {
  const auto lines = lines_of(page);
  const auto is_kind = [](std::string_view line) {
    return line == "A concept, mentioned in:" || line == "An entity, mentioned in:";
  };
  return lines.size() == 4 && lines[0].starts_with("# ") && lines[1].empty() && is_kind(lines[2]) && lines[3].empty();
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

std::string index_line(format f, const identity& id) {
  return "- " + link_to(id.name, "summaries/" + id.name + ".md") + " (" + std::string(to_string(f)) + ", added " +
         id.added_at.substr(0, 10) + ")\n";
}

std::string without_line(std::string_view index, std::string_view document_name) {
  std::string out;
  for (const auto line : lines_of(index)) {
    const bool gone = line.starts_with("- [") && document_in(line, "summaries/") == document_name;
    if (!gone) out.append(line).append("\n");
  }
  return out;
}

std::vector<std::string> documents_in_index(std::string_view index) {
  std::vector<std::string> out;
  for (const auto line : lines_of(index)) {
    if (!line.starts_with("- [")) continue;
    if (auto name = document_in(line, "summaries/"); !name.empty()) out.push_back(std::move(name));
  }
  return out;
}

std::vector<std::string> documents_in_page(std::string_view page) {
  std::vector<std::string> out;
  for (const auto line : lines_of(page)) {
    if (!line.starts_with("- [") || !line.ends_with(part_mark)) continue;
    if (auto name = document_in(line, "../summaries/"); !name.empty()) out.push_back(std::move(name));
  }
  return out;
}

std::string log_head() { return "# Log\n\n"; }

std::string log_line(std::string_view at, std::string_view what) {
  return "- " + std::string(at) + ' ' + std::string(what) + '\n';
}

}  // namespace openkb::pages
