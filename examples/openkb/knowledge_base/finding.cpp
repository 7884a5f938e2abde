#include "knowledge_base/finding.hpp"

#include "knowledge_base/layout.hpp"

#include <algorithm>
#include <filesystem>

namespace openkb {

namespace {

// As a shell takes it for one word.
std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && word[0] != '-' && std::ranges::all_of(word, [](char c) {
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
    return letter || (c >= '0' && c <= '9') || std::string_view("/._-+,:@").find(c) != std::string_view::npos;
  });
  if (plain) return word;
  std::string out = "'";
  for (const char c : word) c == '\'' ? out.append("'\\''") : out.append(1, c);
  return out + '\'';
}

std::string command_to_add(const std::string& file, const std::string& root) {
  const auto kb = root == "." ? std::string{} : "--kb " + quoted(root) + ' ';
  return "openkb " + kb + "add " + quoted((std::filesystem::path(root) / file).lexically_normal().native());
}

}  // namespace

std::string_view to_string(finding::kind k) noexcept {
  switch (k) {
    case finding::kind::missing_file: return "missing file";
    case finding::kind::other_spelling: return "accents written the other way";
    case finding::kind::stale_part: return "stale part";
    case finding::kind::missing_part: return "missing part";
    case finding::kind::missing_line: return "missing line";
    case finding::kind::stale_line: return "stale line";
    case finding::kind::stale_index: return "stale index";
    case finding::kind::broken_link: return "broken link";
    case finding::kind::missing_blob: return "missing in the page index";
    case finding::kind::stray_blob: return "stray in the page index";
    case finding::kind::missing_text: return "missing in the full text";
    case finding::kind::stray_text: return "stray in the full text";
    case finding::kind::damaged_text: return "damaged full text";
    case finding::kind::damaged_rows: return "damaged";
    case finding::kind::document_to_add: return "a document to add";
    case finding::kind::foreign_file: return "not openkb's";
  }
  return "?";
}

bool is_problem(const finding& f) noexcept {
  return f.what != finding::kind::foreign_file && f.what != finding::kind::document_to_add;
}

std::string advice_on(const finding& f, const std::string& root) {
  if (f.can_be_mended) return {};
  switch (f.what) {
    case finding::kind::missing_file:
    case finding::kind::missing_blob: return "remove the document, then add it again";
    case finding::kind::damaged_rows: return "restore the knowledge base from a copy";
    case finding::kind::broken_link:
      if (f.path.starts_with(layout::sources)) return "remove the document, then add it again; or edit the page";
      return "the link is not openkb's: mend it there, or make the page that it leads to";
    case finding::kind::stray_blob: return "move it away";
    case finding::kind::document_to_add: return "run: " + command_to_add(f.path, root);
    default: return {};
  }
}

}  // namespace openkb
