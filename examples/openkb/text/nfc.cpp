#include "text/nfc.hpp"

#include <glib.h>

#include <algorithm>
#include <memory>

namespace openkb {

namespace {

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string normalised(std::string_view text, GNormalizeMode mode) {
  // A NUL ends a text for the library.
  if (is_ascii(text) || text.find('\0') != std::string_view::npos) return std::string(text);
  const std::unique_ptr<char, decltype(&g_free)> out(
      g_utf8_normalize(text.data(), static_cast<gssize>(text.size()), mode), &g_free);
  return out ? std::string(out.get()) : std::string(text);
}

}  // namespace

std::string nfc(std::string_view text) { return normalised(text, G_NORMALIZE_NFC); }
std::string nfd(std::string_view text) { return normalised(text, G_NORMALIZE_NFD); }

bool same_name(std::string_view a, std::string_view b) { return a == b || nfc(a) == nfc(b); }

}  // namespace openkb
