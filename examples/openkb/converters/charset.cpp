#include "converters/charset.hpp"

#include "converters/decode_target.hpp"
#include "converters/encoding_index.hpp"

#include <algorithm>

namespace openkb {

namespace {

unsigned char byte_at(std::string_view bytes, std::size_t at) noexcept { return static_cast<unsigned char>(bytes[at]); }

// How many bytes of a character that is broken off, or has a byte too wrong to go on, make one mistake.
std::size_t broken_utf8(std::string_view bytes, std::size_t at) noexcept {
  const auto first = byte_at(bytes, at);
  if (first < 0xC2 || first > 0xF4) return 1;
  const std::size_t whole = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  unsigned char low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
  unsigned char high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
  std::size_t size = 1;
  for (; size < whole && at + size < bytes.size(); ++size) {
    const auto next = byte_at(bytes, at + size);
    if (next < low || next > high) break;
    low = 0x80;
    high = 0xBF;
  }
  return size;
}

void decode_utf8(std::string_view bytes, decode_target& to) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto bad = utf8::first_error(bytes.substr(at));
    if (bad == std::string_view::npos) return to.put(bytes.substr(at));
    to.put(bytes.substr(at, bad));
    to.fail(at + bad);
    at += bad + broken_utf8(bytes, at + bad);
  }
}

void decode_utf16(std::string_view bytes, bool big, decode_target& to) {
  const auto unit = [&](std::size_t at) {
    const char32_t one = byte_at(bytes, at);
    const char32_t two = byte_at(bytes, at + 1);
    return big ? (one << 8U) | two : (two << 8U) | one;
  };
  std::size_t at = 0;
  for (; at + 1 < bytes.size(); at += 2) {
    const auto c = unit(at);
    const bool leads = c >= 0xD800 && c < 0xDC00;
    const auto next = leads && at + 3 < bytes.size() ? unit(at + 2) : 0;
    if (next >= 0xDC00 && next < 0xE000) {
      to.put(0x10000 + ((c - 0xD800) << 10U) + (next - 0xDC00));
      at += 2;
    } else if (c >= 0xD800 && c < 0xE000) {
      to.fail(at);
    } else {
      to.put(c);
    }
  }
  if (at < bytes.size()) to.fail(at);
}

void decode_single_byte(std::string_view bytes, const encoding& as, decode_target& to) {
  const auto& index = encoding_index::of(as);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    const auto byte = byte_at(bytes, at);
    const auto c = index.at(byte);
    if (c == 0 && byte != 0)
      to.fail(at);
    else
      to.put(c);
  }
}

void decode_user_defined(std::string_view bytes, decode_target& to) {
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    to.put(byte < 0x80 ? char32_t{byte} : 0xF780U + byte - 0x80U);
  }
}

}  // namespace

decoded decode(std::string_view bytes, const encoding& as) {
  decode_target to;
  switch (as.read_as) {
    case encoding::family::utf8: decode_utf8(bytes, to); break;
    case encoding::family::utf16: decode_utf16(bytes, as.name == "UTF-16BE", to); break;
    case encoding::family::single_byte: decode_single_byte(bytes, as, to); break;
    case encoding::family::double_byte: decode_double_byte(bytes, as, to); break;
    case encoding::family::iso_2022_jp: decode_iso_2022_jp(bytes, as, to); break;
    case encoding::family::user_defined: decode_user_defined(bytes, to); break;
    case encoding::family::refused:
      if (!bytes.empty()) to.fail(0);
      break;
  }
  return to.take();
}

std::size_t count_replacements(std::string_view text) noexcept {
  std::size_t count = 0;
  for (auto at = text.find(replacement_character); at != std::string_view::npos;
       at = text.find(replacement_character, at + replacement_character.size())) {
    ++count;
  }
  return count;
}

}  // namespace openkb
