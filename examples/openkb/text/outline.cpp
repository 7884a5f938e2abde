#include "text/outline.hpp"
#include "text/nfc.hpp"
#include "text/npos.hpp"

#include "text/markdown_lines.hpp"
#include "text/plain_text.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t most_sentences = 4000;
constexpr std::size_t most_headings = 500;

bool underlines_heading(std::string_view bare) noexcept {
  return !bare.empty() && (bare[0] == '=' || bare[0] == '-') && bare.find_first_not_of(bare[0]) == npos;
}

bool is_definition(std::string_view bare) noexcept { return bare.starts_with('[') && bare.find("]:") != npos; }

// Around code in a text that is on its way to be plain; a document's own ones are taken out before.
constexpr char code_begins = '\x01';
constexpr char code_ends = '\x02';

// For each run of backticks, by where it begins, the next run of the same length.
std::map<std::size_t, std::size_t> closing_runs(std::string_view text) {
  std::map<std::size_t, std::size_t> next;
  std::map<std::size_t, std::size_t> last;  // by length
  for (auto end = text.find_last_of('`'); end != npos;) {
    const auto before = text.find_last_not_of('`', end);
    const auto begin = before == npos ? 0 : before + 1;
    const auto length = end + 1 - begin;
    if (const auto same = last.find(length); same != last.end()) next.emplace(begin, same->second);
    last[length] = begin;
    end = begin == 0 ? npos : text.find_last_of('`', begin - 1);
  }
  return next;
}

std::string with_code_marked(std::string_view text) {
  const auto closing = closing_runs(text);
  std::string out;
  std::size_t code_until = npos;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == code_begins || c == code_ends) continue;
    if (c != '`') {
      out += c;
      continue;
    }
    const auto found = closing.find(i);
    if (i == code_until) {
      out += code_ends;
      code_until = npos;
    } else if (code_until == npos && found != closing.end() && (i == 0 || text[i - 1] != '\\')) {
      out += code_begins;
      code_until = found->second;
    }
    i = std::min(text.find_first_not_of('`', i), text.size()) - 1;
  }
  return out;
}

// Takes the marks out again. `inside` says whether the sentence before ended in the middle of code.
void take_marks_out(sentence& of, std::string_view marked, bool& inside) {
  if (inside) of.code.push_back({0, 0});
  for (const char c : marked) {
    if (c == code_begins) of.code.push_back({of.text.size(), 0});
    if (c == code_ends && inside) of.code.back().end = of.text.size();
    if (c == code_begins || c == code_ends)
      inside = c == code_begins;
    else
      of.text += c;
  }
  if (inside) of.code.back().end = of.text.size();
}

// Menus and the like: `[Next](b.html) | [Previous](a.html)`.
bool is_only_links(std::string_view paragraph) noexcept {
  std::size_t inside = 0;
  std::size_t outside = 0;
  std::size_t opened = npos;
  std::size_t since = 0;  // letters behind the bracket that is open
  for (std::size_t i = 0; i < paragraph.size(); ++i) {
    const char c = paragraph[i];
    if (c == '[') {
      opened = i;
      since = 0;
    } else if (c == ']' && opened != npos && paragraph.substr(i + 1).starts_with('(')) {
      inside += since;
      outside -= since;
      opened = npos;
      i = std::min(paragraph.find(')', i), paragraph.size());
    } else if (std::isalnum(static_cast<unsigned char>(c)) != 0 || static_cast<unsigned char>(c) >= 0x80) {
      ++outside;
      ++since;
    }
  }
  return inside > 0 && outside * 8 <= inside;
}

// Strips quote marks and list markers; says whether a new item begins.
bool strip_prefix(std::string_view& bare) noexcept {
  bool item = false;
  for (;;) {
    bare = trimmed(bare);
    const auto marker = bare.starts_with('>') ? 1 : list_marker(bare);
    if (marker == 0) return item;
    item = item || bare[0] != '>';
    bare.remove_prefix(marker);
  }
}

// Gathers lines into headings and paragraphs.
class reader {
 public:
  explicit reader(outline& out) : out_(out) {}

  void line(std::string_view text) {
    auto bare = trimmed(text);
    if (bare.starts_with('#')) return numbered_heading(bare);
    if (underlines_heading(bare) && !paragraph_.empty()) return underlined_heading(bare[0] == '=' ? 1 : 2);
    if (bare.starts_with('|') || underlines_heading(bare) || is_definition(bare)) return flush();
    if (strip_prefix(bare)) {
      flush();
      in_list_ = true;
    }
    if (!paragraph_.empty()) paragraph_ += ' ';
    paragraph_ += bare;
  }

  void flush() {
    const auto text = std::exchange(paragraph_, {});
    const bool in_list = std::exchange(in_list_, false);
    if (text.empty() || out_.sentences.size() >= most_sentences || is_only_links(text)) return;
    bool inside_code = false;
    for (const auto& each : sentences_of(plain_text(with_code_marked(text)))) {
      sentence s;
      s.in_list = in_list;
      take_marks_out(s, each, inside_code);
      if (!trimmed(s.text).empty()) out_.sentences.push_back(std::move(s));
    }
  }

 private:
  // `## Text ##`
  void numbered_heading(std::string_view bare) {
    flush();
    const auto marks = std::min(bare.find_first_not_of('#'), bare.size());
    if (marks > 6 || (marks < bare.size() && bare[marks] != ' ' && bare[marks] != '\t')) return;
    auto text = trimmed(bare.substr(marks));
    const auto last = text.find_last_not_of('#');
    if (last != npos && text[last] == ' ') text = trimmed(text.substr(0, last));
    add(static_cast<int>(marks), text);
  }

  void underlined_heading(int level) {
    in_list_ = false;
    add(level, std::exchange(paragraph_, {}));
  }

  void add(int level, std::string_view text) {
    heading h;
    h.level = level;
    bool inside_code = false;
    take_marks_out(h, plain_text(with_code_marked(text)), inside_code);
    if (!h.text.empty() && out_.headings.size() < most_headings) out_.headings.push_back(std::move(h));
  }

  outline& out_;
  std::string paragraph_;
  bool in_list_ = false;
};

}  // namespace

outline outline_of(std::string_view as_written) {
  const auto markdown = nfc(as_written);
  outline out;
  reader read(out);
  for (markdown_lines lines(markdown); lines.next();) {
    if (lines.kind() == markdown_lines::line_kind::text) {
      read.line(lines.line());
    } else {
      read.flush();
    }
  }
  read.flush();
  return out;
}

}  // namespace openkb
