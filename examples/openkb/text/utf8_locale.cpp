#include "text/utf8_locale.hpp"

#include "terminal/utf8.hpp"

#include <cwchar>

namespace openkb {

namespace {

// Null where the system has none; then everything stays as it was.
locale_t utf8_characters() {
  static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return made;
}

}  // namespace

utf8_locale::utf8_locale() : before_(::uselocale(utf8_characters())) {}

utf8_locale::~utf8_locale() { ::uselocale(before_); }

std::size_t columns_of(std::string_view text) {
  const utf8_locale in_utf8;
  std::size_t out = 0;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = utf8::decode(text, at);
    const int wide = ::wcwidth(static_cast<wchar_t>(c.code));
    out += wide < 0 ? 1U : static_cast<std::size_t>(wide);
    at += c.size;
  }
  return out;
}

}  // namespace openkb
