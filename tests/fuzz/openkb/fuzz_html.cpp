// Web pages as openkb converts them.

#include "texts.hpp"

#include "converters/charset.hpp"
#include "converters/convert_html.hpp"
#include "site/safe_html.hpp"
#include "terminal/utf8.hpp"
#include "text/links.hpp"
#include "text/plain_text.hpp"

#include <algorithm>
#include <initializer_list>
#include <string>
#include <string_view>

using namespace fuzzing;

namespace {

bool has_any(const std::string& text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(parts, [&](auto p) { return text.find(p) != std::string::npos; });
}

// The words of a page stay words: only its own links are some, and nothing becomes a tag again.
void check_meaning(const std::string& small, const std::string& markdown) {
  const auto links = openkb::find_links(markdown);
  if (!has_any(small, {"<a", "<img", "<image"})) require(links.empty(), "a page without links got one");
  for (const auto& l : links) {
    require(!l.target.empty() && !l.target.starts_with("javascript:"), "a link leads nowhere");
  }
}

// A text that is put into a page comes out of it as it was.
void check_words(const std::string& text) {
  std::string words = "x ";
  for (std::size_t at = 0; at < text.size();) {
    const auto c = utf8::decode(text, at);
    const bool character = c.code >= ' ' && (c.code < 0x7F || c.code > 0x9F) && (c.code & 0xFFFEU) != 0xFFFEU;
    if (character && !(c.code >= 0xFDD0 && c.code <= 0xFDEF)) words += text.substr(at, c.size);
    at += c.size;
  }
  const auto out = openkb::convert_html("<p>" + openkb::html_escaped(words) + "</p>");
  const auto shown = openkb::plain_text(out.markdown);
  const auto meant = openkb::plain_text(openkb::escaped(words));
  require(shown == meant, "the words of a page are others:\n" + shown + "\n" + meant);
}

void check(std::string_view bytes) {
  const auto text = openkb::decode(bytes, openkb::utf_8()).text;
  const auto out = openkb::convert_html(text, "page.html");
  require(is_utf8(out.markdown) && is_utf8(out.title) && is_utf8(out.base), "out of UTF-8 came something else");
  require(is_one_line(out.title), "the title has several lines");
  require(out.markdown.empty() || out.markdown.ends_with('\n'), "the last line is not ended");
  check_words(text);
  check_meaning(utf8::lowered(text), out.markdown);
  require_linear_time(text, [](std::string_view long_text) { (void)openkb::convert_html(long_text); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] { check(text_of(data, size)); });
}
