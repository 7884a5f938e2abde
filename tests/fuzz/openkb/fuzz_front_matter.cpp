// The front matter of Markdown: what is taken off is all that is gone, and the title stands in it.

#include "texts.hpp"

#include "converters/charset.hpp"
#include "converters/convert_markdown.hpp"
#include "text/text_lines.hpp"

#include <string>
#include <string_view>

using namespace fuzzing;

namespace {

// What the fences enclose, with them; all that is not in the Markdown.
void check_parts(const std::string& plain, const openkb::converted& out) {
  require(plain.ends_with(out.markdown), "more is gone than a beginning");
  const auto gone = std::string_view(plain).substr(0, plain.size() - out.markdown.size());
  if (gone.empty()) return require(out.title.empty(), "a title out of nothing");
  const auto lines = openkb::lines_of(gone);
  require(lines.size() > 1, "a front matter of one line");
  require(lines.front().starts_with("---") || lines.front().starts_with("+++") ||
              lines.front().find_first_not_of(" \t") != std::string_view::npos,
          "a front matter without a fence");
  require(gone.find(out.title) != std::string_view::npos, "the title does not stand in the front matter");
}

// What is behind a front matter is not looked at.
void check_known(const std::string& plain) {
  const auto out = openkb::convert_markdown("---\nauthor: somebody\ntitle: 'The: title'\n---\n" + plain);
  require(out.title == "The: title" && out.markdown == plain, "what stands behind a front matter changes it");
}

void check(std::string_view bytes) {
  const auto text = openkb::decode(bytes, openkb::utf_8()).text;
  const auto out = openkb::convert_markdown(text);
  require(is_utf8(out.markdown) && is_utf8(out.title), "out of UTF-8 came something else");
  require(is_one_line(out.title), "the title has several lines");
  const auto plain = openkb::with_plain_newlines(text);
  check_parts(plain, out);
  check_known(plain);
  require_linear_time(text, [](std::string_view long_text) { (void)openkb::convert_markdown(long_text); });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] { check(text_of(data, size)); });
}
