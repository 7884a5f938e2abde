#include "terminal/printable.hpp"

#include "terminal/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace terminal {

namespace {

struct range {
  char32_t first;
  char32_t last;
};

// Controls, separators of lines, and what changes the direction of writing.
constexpr std::array<range, 8> orders{{{0x00, 0x1F},
                                       {0x7F, 0x9F},
                                       {0x61C, 0x61C},
                                       {0x200E, 0x200F},
                                       {0x2028, 0x202E},
                                       {0x2066, 0x206F},
                                       {0xFFF9, 0xFFFB},
                                       {0xE0001, 0xE007F}}};

bool is_order(char32_t c) noexcept {
  return std::ranges::any_of(orders, [c](range r) { return c >= r.first && c <= r.last; });
}

std::string spelled(const char* how, unsigned value) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), how, value);
  return text.data();
}

std::string spelled(char32_t c) {
  switch (c) {
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: return spelled(c < 0x80 ? "\\x%02x" : "\\u%04x", c);
  }
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const auto c = utf8::decode(text, i);
    if (!c.valid) {
      out += spelled("\\x%02x", static_cast<unsigned char>(text[i]));
    } else if (is_order(c.code)) {
      out += spelled(c.code);
    } else {
      out += text.substr(i, c.size);
    }
    i += c.size;
  }
  return out;
}

std::string without_controls(std::string_view text) {
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    // U+0080 to U+009F, which some terminals obey as well.
    const bool second_set = c == 0xC2 && i + 1 < out.size() && static_cast<unsigned char>(out[i + 1]) < 0xA0;
    if (second_set) out[i] = out[i + 1] = ' ';
    if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7F) out[i] = ' ';
  }
  return out;
}

// Whatever is beyond ASCII stands inside of strings, and a writer of JSON has spelled out what is below a space.
std::string printable_json(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t i = 0; i < json.size();) {
    const auto c = utf8::decode(json, i);
    if (c.code >= 0x7F && c.code <= 0xFFFF && is_order(c.code)) {
      out += spelled("\\u%04x", c.code);
    } else if (is_order(c.code) && c.code > 0xFFFF) {
      out += spelled("\\u%04x", 0xD7C0 + (c.code >> 10U)) + spelled("\\u%04x", 0xDC00 + (c.code & 0x3FFU));
    } else {
      out += json.substr(i, c.size);
    }
    i += c.size;
  }
  return out;
}

}  // namespace terminal
