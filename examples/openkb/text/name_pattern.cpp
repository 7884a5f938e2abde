#include "text/name_pattern.hpp"

#include "terminal/utf8.hpp"
#include "text/nfc.hpp"
#include "text/utf8_locale.hpp"

#include <fnmatch.h>

namespace openkb {

namespace {

std::string comparable(std::string_view text) { return nfc(utf8::lowered(nfc(text))); }

}  // namespace

name_pattern::name_pattern(std::string_view asked)
    : asked_(comparable(asked)), whole_(asked_.find_first_of("*?[") != std::string::npos) {}

bool name_pattern::fits(std::string_view name) const {
  const auto known = comparable(name);
  if (!whole_) return known.find(asked_) != std::string::npos;
  const utf8_locale in_utf8;  // so that `?` is a character
  return ::fnmatch(asked_.c_str(), known.c_str(), 0) == 0;
}

}  // namespace openkb
