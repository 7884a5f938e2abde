#pragma once

/// \file
/// What the C library knows of characters, in UTF-8 whatever the environment says.

#include <clocale>
#include <cstddef>
#include <string_view>

namespace openkb {

/// As long as it lives, functions of the C library take text of this thread for UTF-8.
class utf8_locale {
 public:
  utf8_locale();
  utf8_locale(const utf8_locale&) = delete;
  utf8_locale& operator=(const utf8_locale&) = delete;
  ~utf8_locale();

 private:
  locale_t before_;
};

/// How many columns of a terminal a text takes; East Asian characters take two, marks none.
[[nodiscard]] std::size_t columns_of(std::string_view text);

}  // namespace openkb
