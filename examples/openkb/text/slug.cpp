#include "text/slug.hpp"

#include "documents/digest.hpp"
#include "terminal/utf8.hpp"
#include "text/nfc.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::size_t longest = 80;
constexpr std::size_t longest_extension = 8;

bool is_apostrophe(char32_t c) noexcept { return c == '\'' || c == 0x2019; }

bool is_plain_extension(std::string_view text) noexcept {
  return !text.empty() && text.size() <= longest_extension && std::ranges::all_of(text, [](char c) {
    return static_cast<unsigned char>(c) < 0x80 && utf8::is_word(static_cast<unsigned char>(c));
  });
}

}  // namespace

std::string slug(std::string_view as_written, std::string_view otherwise) {
  const auto text = nfc(as_written);
  std::string out;
  bool gap = false;
  for (std::size_t i = 0; i < text.size();) {
    const auto c = utf8::decode(text, i);
    i += c.size;
    if (is_apostrophe(c.code)) continue;
    if (!c.valid || !utf8::is_word(c.code)) {
      gap = !out.empty();
      continue;
    }
    if (gap) out += '-';
    gap = false;
    utf8::append(out, c.code);
  }
  out = utf8::lowered(out);
  if (out.empty()) return std::string(otherwise);
  if (out.size() <= longest) return out;
  auto head = std::string(utf8::shortened(out, longest - 9));
  while (head.ends_with('-')) head.pop_back();
  return distinct_slug(head, out);
}

std::string distinct_slug(std::string_view slug, std::string_view distinction, std::size_t digits) {
  return std::string(slug) + '-' + sha256_of(distinction).substr(0, digits);
}

std::string safe_file_name(std::string_view file_name) {
  const auto dot = file_name.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || !is_plain_extension(file_name.substr(dot + 1))) {
    return slug(file_name, "file");
  }
  return slug(file_name.substr(0, dot), "file") + '.' + utf8::lowered(file_name.substr(dot + 1));
}

}  // namespace openkb
