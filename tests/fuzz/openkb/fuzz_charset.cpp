// Texts in every encoding of the web's. The first line of an input is what the server says of the encoding; what is
// behind it are the bytes of a page.

#include "texts.hpp"

#include "converters/charset.hpp"
#include "converters/declared_encoding.hpp"
#include "converters/likely_encoding.hpp"
#include "documents/readable_text.hpp"

#include <algorithm>
#include <string>
#include <string_view>

using namespace fuzzing;
using openkb::encoding;

namespace {

constexpr auto none = std::string_view::npos;

bool is_ascii(std::string_view bytes) noexcept {
  return std::ranges::all_of(bytes, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Whether an encoding has each character of ASCII where ASCII has it, whatever stands before it.
bool has_ascii(const encoding& e) noexcept {
  return e.read_as != encoding::family::utf16 && e.read_as != encoding::family::iso_2022_jp &&
         e.read_as != encoding::family::refused;
}

void check_decoding(std::string_view bytes, const encoding& as) {
  const auto out = openkb::decode(bytes, as);
  require(is_utf8(out.text), "decoded, it is no UTF-8");
  require((out.errors == 0) == (out.first_error == none), "an error without a place, or a place without an error");
  require(out.errors <= openkb::count_replacements(out.text), "more errors than characters that stand for them");
  require(out.text.size() <= 3 * bytes.size(), "one byte became more than three");
  if (has_ascii(as) && is_ascii(bytes)) require(out.text == bytes, "ASCII is not what it was");
  const auto again = openkb::decode(out.text, openkb::utf_8());
  require(again.errors == 0 && again.text == out.text, "what was decoded is not read again as it is");
  if (out.errors == 0) return;
  require(out.first_error < bytes.size(), "the first error is behind the end");
  const auto before = openkb::decode(bytes.substr(0, out.first_error), as);
  require(before.errors == 0 && out.text.starts_with(before.text), "there is an error before the first one");
}

void append_utf16(std::string& out, char32_t unit, bool big) {
  const char high = static_cast<char>(unit >> 8U);
  const char low = static_cast<char>(unit & 0xFFU);
  out += big ? high : low;
  out += big ? low : high;
}

std::string in_utf16(std::string_view text, bool big) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = utf8::decode(text, at);
    at += c.size;
    if (c.code < 0x10000) {
      append_utf16(out, c.code, big);
    } else {
      append_utf16(out, 0xD800 + ((c.code - 0x10000) >> 10U), big);
      append_utf16(out, 0xDC00 + ((c.code - 0x10000) & 0x3FFU), big);
    }
  }
  return out;
}

void check_utf16(const std::string& text) {
  for (const bool big : {false, true}) {
    const auto& as = *openkb::encoding_of(big ? "utf-16be" : "utf-16le");
    require(openkb::decode(in_utf16(text, big), as).text == text, "what was written in UTF-16 is read otherwise");
  }
}

// Nothing is lost silently on the whole way.
void check_document(std::string_view label, std::string_view bytes) {
  openkb::original source;
  source.place = "/page.html";
  source.format = openkb::format::html;
  source.charset = label;
  source.bytes = bytes;
  const auto out = openkb::text_of(source, {});
  if (!out) return require(is_utf8(out.error().message()), "the advice is no UTF-8");
  const auto& text = out.value().text;
  require(is_utf8(text) && text.find('\0') == none, "a readable text is not readable");
  if (text.find(openkb::replacement_character) != none) {
    require(!out.value().warnings.empty(), "a character was lost, and nobody says so");
  }
}

void check(std::string_view input) {
  const auto line = std::min(input.find('\n'), input.size());
  const auto label = input.substr(0, line);
  const auto bytes = input.substr(std::min(line + 1, input.size()));
  const auto& all = openkb::encodings();
  const auto* known = openkb::encoding_of(label);
  const auto& as = known != nullptr ? *known : all[std::hash<std::string_view>()(label) % all.size()];
  check_decoding(bytes, as);
  check_utf16(openkb::decode(bytes, openkb::utf_8()).text);
  check_document(known != nullptr ? label : as.name, bytes);
  check_document({}, bytes);
  require_linear_time(bytes, [&](std::string_view long_text) {
    (void)openkb::decode(long_text, as);
    (void)openkb::likely_encoding(long_text);
    (void)openkb::declared_in_html(long_text);
  });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return guarded([&] { check(text_of(data, size)); });
}
