// Markdown as openkb reads it: its lines, its links, its words, and what becomes of all links when a text moves.

#include "texts.hpp"

#include "converters/charset.hpp"
#include "converters/relocate.hpp"
#include "site/markdown_html.hpp"
#include "terminal/printable.hpp"
#include "text/links.hpp"
#include "text/markdown_lines.hpp"
#include "text/outline.hpp"
#include "text/plain_text.hpp"
#include "text/searchable_text.hpp"
#include "text/slug.hpp"
#include "text/text_lines.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

using namespace fuzzing;
using openkb::markdown_lines;

namespace {

// ---- Lines and links

// Every character is in one line or between two.
void check_lines(std::string_view text) {
  std::size_t next = 0;
  for (markdown_lines lines(text); lines.next();) {
    require(lines.begin() == next && lines.begin() <= lines.end() && lines.end() <= text.size(), "a line is misplaced");
    require(is_one_line(lines.line()), "a line is several");
    next = lines.end() + 1;
  }
  require(next == 0 ? text.empty() : next >= text.size(), "the last lines are missing");
}

std::vector<openkb::link> checked_links(std::string_view text) {
  auto links = openkb::find_links(text);
  std::size_t last = 0;
  for (const auto& l : links) {
    require(last <= l.begin && l.begin <= l.end && l.end <= text.size(), "a link does not lie in the text, in order");
    require(l.target.size() <= l.end - l.begin, "a target is longer than where it stands");
    last = l.begin;
  }
  auto next = links.begin();
  for (markdown_lines lines(text); lines.next();) {
    for (; next != links.end() && next->begin <= lines.end(); ++next) {
      require(lines.kind() == markdown_lines::line_kind::text, "there is a link in code");
    }
  }
  require(next == links.end(), "a link is in no line");
  return links;
}

// ---- What is written as Markdown is read as what it was

std::string on_one_line(std::string_view plain) {
  std::string out;
  for (const char c : plain) {
    if (c == '\n' || c == '\r' || c == '\t' || c == ' ') {
      if (!out.empty() && out.back() != ' ') out += ' ';
    } else if (static_cast<unsigned char>(c) >= 0x20) {
      out += c;
    }
  }
  return std::string(openkb::trimmed(out));
}

void check_writing(const std::string& plain) {
  const auto shown = openkb::plain_text("x " + openkb::escaped(plain));
  require(shown == on_one_line("x " + plain), "a plain text does not survive being Markdown: " + shown);
  require(openkb::find_links("x " + openkb::escaped(plain)).empty(), "a plain text has links");
  require(openkb::find_links("x " + openkb::code_span(plain)).empty(), "a code span has links");
}

void check_targets(std::string_view path) {
  const auto target = openkb::encoded_target(path);
  require(openkb::decoded_target(target) == path, "a path does not survive being a target");
  const auto links = openkb::find_links("[x](" + target + ")");
  require(links.size() == 1 && links[0].target == target, "an encoded target is not one");
}

// ---- What is taken out of a text

void check_words(std::string_view text) {
  require(is_one_line(openkb::plain_text(text)), "a plain text has several lines");
  const auto outline = openkb::outline_of(text);
  for (const auto& h : outline.headings) {
    require(h.level >= 1 && h.level <= 6 && is_one_line(h.text) && is_utf8(h.text), "a heading is none");
  }
  for (const auto& s : outline.sentences) {
    require(!s.text.empty() && is_one_line(s.text) && is_utf8(s.text), "a sentence is none");
    const auto start = openkb::abridged(s.text, 20);
    require(is_utf8(start) && start.size() <= 20 + std::string_view("…").size(), "an abridged sentence is long");
  }
  const auto searchable = openkb::searchable_text(text);
  require(is_utf8(searchable) && terminal::without_controls(searchable) == searchable,
          "orders to a terminal are shown");
}

void check_names(std::string_view text) {
  const auto name = openkb::slug(text);
  require(!name.empty() && name.size() <= 80 && is_utf8(name), "a slug is no name");
  require(name.find_first_of("/. \n\\") == std::string::npos, "a slug has what no name has");
  const auto file = openkb::safe_file_name(text);
  require(!file.starts_with('.') && file.find('/') == std::string::npos, "a file name leads somewhere");
  const auto shown = terminal::printable(text);
  require(is_one_line(shown) && terminal::printable(shown) == shown, "what is printable is not");
}

// ---- Moving a text

void check_without_links(const std::string& text, std::size_t links) {
  require(openkb::without_links(text, [](const openkb::link&) { return false; }) == text,
          "nothing was gone, and is missing");
  std::size_t asked = 0;
  const auto bare = openkb::without_links(text, [&](const openkb::link&) { return ++asked > 0; });
  require(asked <= links && bare.size() <= text.size() && is_utf8(bare), "links that are gone became more");
}

// Whether no mark of a link changes its meaning when another link moves: neither brackets in targets, nor words in
// double brackets, which may stand between two others afterwards.
bool is_plain(std::string_view text) {
  if (text.find("[[") != std::string_view::npos) return false;
  return std::ranges::none_of(openkb::find_links(text), [&](const openkb::link& l) {
    return text.substr(l.begin, l.end - l.begin).find_first_of("[]()<>") != std::string_view::npos;
  });
}

void check_from_web(std::string_view text) {
  const std::string base = "https://example.org/guide/page.html";
  const auto moved = openkb::relocate_from_web(text, base);
  require(is_utf8(moved.markdown), "a text that was moved is no UTF-8");
  if (is_plain(text)) {
    require(openkb::relocate_from_web(moved.markdown, base).markdown == moved.markdown, "a text moves twice");
  }
}

// A directory with an image, beside one that a document in it must not get.
class two_directories {
 public:
  two_directories() {
    std::string name = std::filesystem::temp_directory_path() / "fuzz-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    above_ = name;
    std::filesystem::create_directory(document());
    std::ofstream(document() / "a.png") << own;
    std::ofstream(above_ / "a.png") << "\x89PNG\r\n\x1a\nof somebody else";
    std::filesystem::create_symlink("../a.png", document() / "l.png");
  }
  [[nodiscard]] std::filesystem::path document() const { return above_ / "document"; }

  static constexpr std::string_view own = "\x89PNG\r\n\x1a\nof the document";

 private:
  std::filesystem::path above_;
};

void check_from_disk(std::string_view text) {
  static const two_directories where;
  const auto moved = openkb::relocate(text, where.document());
  require(is_utf8(moved.markdown), "a text that was moved is no UTF-8");
  for (const auto& i : moved.images) {
    require(i.bytes == two_directories::own, "a document reads what is not its own");
    require(moved.markdown.find(i.name) != std::string::npos, "an image is nowhere in the text");
  }
}

// ---- Showing a text

// Tags of names and with attributes that run nothing, and text without any.
void check_html(std::string_view text) {
  constexpr std::array attributes{"id",     "href",    "src",     "alt",   "width",
                                  "height", "colspan", "rowspan", "class", "start"};
  constexpr std::array dangerous{"script", "style", "iframe", "object", "embed", "svg",  "math",
                                 "form",   "input", "button", "meta",   "link",  "base", "template"};
  const auto html = openkb::html_of(text, [](std::string_view target, bool) { return std::string(target); }).html;
  require(is_utf8(html), "a page is no UTF-8");
  for (auto at = html.find('<'); at != std::string::npos; at = html.find('<', at)) {
    const auto end = html.find('>', at);
    require(end != std::string::npos, "a tag has no end");
    auto rest = std::string_view(html).substr(at + 1, end - at - 1);
    if (rest.starts_with('/')) rest.remove_prefix(1);
    const auto name = rest.substr(0, rest.find(' '));
    require(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz123456") == std::string_view::npos, "a tag is none");
    require(std::ranges::find(dangerous, name) == dangerous.end(), "a tag may run something");
    for (rest.remove_prefix(name.size()); !rest.empty();) {
      const auto equal = rest.find("=\"");
      require(rest.front() == ' ' && equal != std::string_view::npos, "an attribute is none");
      const auto attribute = rest.substr(1, equal - 1);
      require(std::ranges::find(attributes, attribute) != attributes.end(), "an attribute may run something");
      const auto quote = rest.find('"', equal + 2);
      require(quote != std::string_view::npos, "an attribute has no end");
      rest.remove_prefix(quote + 1);
    }
    at = end;
  }
}

void check(std::string_view bytes) {
  (void)checked_links(bytes);
  check_targets(bytes.empty() ? "a" : bytes);
  const auto text = openkb::with_plain_newlines(openkb::decode(bytes, openkb::utf_8()).text);
  check_lines(text);
  const auto links = checked_links(text);
  check_writing(text);
  check_words(text);
  check_names(text);
  check_without_links(text, links.size());
  check_from_web(text);
  if (!links.empty()) check_from_disk(text);
  check_html(text);
  require_linear_time(text, [](std::string_view long_text) {
    (void)openkb::outline_of(long_text);
    (void)openkb::searchable_text(long_text);
    (void)openkb::without_links(long_text, [](const openkb::link&) { return true; });
    (void)openkb::relocate_from_web(long_text, "https://example.org/guide/page.html");
    (void)openkb::html_of(long_text, [](std::string_view, bool) { return std::string(); });
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] { check(text_of(data, size)); });
}
