#pragma once

namespace openkb {

// Whatever the locale is.
[[nodiscard]] constexpr bool is_ascii_alpha(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
[[nodiscard]] constexpr bool is_ascii_alphanumeric(char c) noexcept {
  return is_ascii_alpha(c) || (c >= '0' && c <= '9');
}

}  // namespace openkb
