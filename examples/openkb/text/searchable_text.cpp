#include "text/searchable_text.hpp"

#include "terminal/printable.hpp"
#include "text/markdown_lines.hpp"
#include "text/plain_text.hpp"

#include <algorithm>
#include <array>

namespace openkb {

namespace {

using line_kind = markdown_lines::line_kind;

// The marks that a line of a quotation, a heading, an item or a table begins with, and a table's ends with.
std::string_view without_marks(std::string_view line) {
  if (line = trimmed(line); line.starts_with('|') && line.ends_with('|')) line.remove_suffix(1);
  for (;;) {
    line = trimmed(line);
    if (line.starts_with('>') || line.starts_with('#') || line.starts_with('|')) {
      line.remove_prefix(1);
    } else if (const auto marker = list_marker(line); marker > 0) {
      line.remove_prefix(marker);
    } else {
      return line;
    }
  }
}

// Of a table's head, or a break between sections.
bool is_only_marks(std::string_view line) { return line.find_first_not_of(" \t|:-=*_") == std::string_view::npos; }

class collecting {
 public:
  std::string run(std::string_view markdown) {
    markdown_lines lines(markdown);
    while (lines.next()) {
      const bool row = trimmed(lines.line()).starts_with('|');
      if (lines.kind() != line_kind::text || !lines.continues() || row) end_paragraph();
      switch (lines.kind()) {
        case line_kind::text: text(lines.line()); break;
        case line_kind::code: code(lines.line()); break;
        case line_kind::blank: break;
      }
      if (lines.kind() != line_kind::code) hidden_until_ = {};
    }
    end_paragraph();
    return terminal::without_controls(out_);
  }

 private:
  void text(std::string_view line) {
    const auto bare = without_marks(line);
    if (!is_only_marks(bare)) paragraph_.append(bare).append("\n");
  }

  // What a browser does not show is no text.
  void code(std::string_view line) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 3> hidden{
        {{"<!--", "-->"}, {"<script", "</script"}, {"<style", "</style"}}};
    const auto bare = trimmed(line);
    if (bare.starts_with("```") || bare.starts_with("~~~")) return;
    if (hidden_until_.empty()) {
      const auto* begun = std::ranges::find_if(hidden, [&](const auto& h) { return bare.starts_with(h.first); });
      if (begun == hidden.end()) {
        out_.append(line).append("\n");
        return;
      }
      hidden_until_ = begun->second;
    }
    if (bare.find(hidden_until_) != std::string_view::npos) hidden_until_ = {};
  }

  void end_paragraph() {
    if (paragraph_.empty()) return;
    out_.append(plain_text(paragraph_)).append("\n");
    paragraph_.clear();
  }

  std::string out_;
  std::string paragraph_;
  std::string_view hidden_until_;  // the end of what is passed over, empty where nothing is
};

}  // namespace

std::string searchable_text(std::string_view markdown) { return collecting().run(markdown); }

}  // namespace openkb
