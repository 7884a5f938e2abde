#include "converters/declared_encoding.hpp"

#include "converters/html_prescan.hpp"
#include "text/npos.hpp"

#include <algorithm>

namespace openkb {

namespace {

constexpr std::size_t prescanned = 1024;       // bytes
constexpr std::size_t longest_head = 1 << 18;  // bytes

// What was read as ASCII cannot be in two bytes a character.
const encoding* readable(const encoding* declared) {
  if (declared == nullptr) return nullptr;
  if (is_utf_16(*declared)) return &utf_8();
  return declared->name == "x-user-defined" ? encoding_of("windows-1252") : declared;
}

// `<?xml version="1.0" encoding="iso-8859-1"?>`
const encoding* declared_in_xml(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("<\0?\0x\0"sv)) return encoding_of("utf-16le");
  if (bytes.starts_with("\0<\0?\0x"sv)) return encoding_of("utf-16be");
  if (!bytes.starts_with("<?xml")) return nullptr;
  const auto declaration = bytes.substr(0, bytes.find('>'));
  const auto name = declaration.find("encoding");
  if (name == npos) return nullptr;
  auto at = declaration.find_first_not_of("\t\n\f\r ", name + 8);
  if (at == npos || declaration[at] != '=') return nullptr;
  at = declaration.find_first_not_of("\t\n\f\r ", at + 1);
  if (at == npos || (declaration[at] != '"' && declaration[at] != '\'')) return nullptr;
  const auto end = declaration.find(declaration[at], at + 1);
  return end == npos ? nullptr : readable(encoding_of(declaration.substr(at + 1, end - at - 1)));
}

// Everything before the body, as far as that can be told without a parser.
std::string_view head_of(std::string_view bytes) {
  bytes = bytes.substr(0, longest_head);
  for (auto at = bytes.find('<'); at != npos; at = bytes.find('<', at + 1)) {
    const auto name = bytes.substr(at + 1, 4);
    constexpr std::string_view body = "body";
    if (std::ranges::equal(name, body, [](char a, char b) { return (a | 0x20) == b; })) return bytes.substr(0, at);
  }
  return bytes;
}

}  // namespace

byte_order_mark byte_order_mark_of(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) return {&utf_8(), 3};
  if (bytes.starts_with("\xFF\xFE")) return {encoding_of("utf-16le"), 2};
  if (bytes.starts_with("\xFE\xFF")) return {encoding_of("utf-16be"), 2};
  return {};
}

const encoding* declared_in_html(std::string_view bytes) {
  const auto first = bytes.substr(0, prescanned);
  if (const auto* e = html_prescan(first).run()) return readable(e);
  if (const auto* e = declared_in_xml(first)) return e;
  return readable(html_prescan(head_of(bytes)).run());
}

}  // namespace openkb
