#include "text/outline.hpp"

#include "text/markdown_lines.hpp"
#include "text/plain_text.hpp"
#include "text/utf8.hpp"

#include <algorithm>
#include <utility>

namespace openkb {

namespace {

constexpr std::size_t none = std::string_view::npos;
constexpr std::size_t most_sentences = 4000;
constexpr std::size_t most_headings = 500;

bool is_underline(std::string_view bare) noexcept {
  return !bare.empty() && (bare[0] == '=' || bare[0] == '-') && bare.find_first_not_of(bare[0]) == none;
}

bool is_definition(std::string_view bare) noexcept { return bare.starts_with('[') && bare.find("]:") != none; }

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
    if (is_underline(bare) && !paragraph_.empty()) return underlined_heading(bare[0] == '=' ? 1 : 2);
    if (bare.starts_with('|') || is_underline(bare) || is_definition(bare)) return flush();
    if (strip_prefix(bare)) flush();
    if (!paragraph_.empty()) paragraph_ += ' ';
    paragraph_ += bare;
  }

  void flush() {
    const auto text = std::exchange(paragraph_, {});
    if (text.empty() || out_.sentences.size() >= most_sentences) return;
    for (auto& s : sentences_of(plain_text(text))) out_.sentences.push_back(std::move(s));
  }

 private:
  // `## Text ##`
  void numbered_heading(std::string_view bare) {
    flush();
    const auto marks = std::min(bare.find_first_not_of('#'), bare.size());
    if (marks > 6 || (marks < bare.size() && bare[marks] != ' ' && bare[marks] != '\t')) return;
    auto text = trimmed(bare.substr(marks));
    const auto last = text.find_last_not_of('#');
    if (last != none && text[last] == ' ') text = trimmed(text.substr(0, last));
    add(static_cast<int>(marks), text);
  }

  void underlined_heading(int level) { add(level, std::exchange(paragraph_, {})); }

  void add(int level, std::string_view text) {
    auto plain = plain_text(text);
    if (!plain.empty() && out_.headings.size() < most_headings) out_.headings.push_back({level, std::move(plain)});
  }

  outline& out_;
  std::string paragraph_;
};

// Every `http://host` and `https://host`, in a link or not.
void count_hosts(std::string_view text, outline& out) {
  for (auto at = text.find("://"); at != none; at = text.find("://", at + 3)) {
    const auto before = text.substr(0, at);
    if (!before.ends_with("http") && !before.ends_with("https")) continue;
    auto host = text.substr(at + 3, 255);
    host = host.substr(0, host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-"));
    if (host.starts_with("www.")) host.remove_prefix(4);
    while (host.ends_with('.') || host.ends_with('-')) host.remove_suffix(1);
    if (host.find('.') != none) ++out.hosts[utf8::lowered(host)];
  }
}

}  // namespace

outline outline_of(std::string_view markdown) {
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
  count_hosts(markdown, out);
  return out;
}

}  // namespace openkb
