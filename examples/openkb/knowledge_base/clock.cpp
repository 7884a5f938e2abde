#include "knowledge_base/clock.hpp"

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string_view>

namespace openkb {

namespace {

std::optional<std::string> formatted(std::time_t seconds) {
  std::tm parts{};
  if (gmtime_r(&seconds, &parts) == nullptr) return std::nullopt;
  std::array<char, 32> text{};
  const auto size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text.data(), size);
}

// The offset of `+01:30` or `Z` in seconds.
std::optional<long> offset(std::string_view zone) {
  if (zone == "Z" || zone == "z") return 0;
  int hours = 0;
  int minutes = 0;
  int used = 0;
  const std::string text(zone);
  if (zone.size() != 6 || std::sscanf(text.c_str() + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5) {
    return std::nullopt;
  }
  if (hours > 23 || minutes > 59 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  return (text[0] == '-' ? -1L : 1L) * (hours * 3600L + minutes * 60L);
}

std::optional<std::string> from_rfc3339(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') {  // fractions of a second are dropped
    do ++rest;
    while (*rest >= '0' && *rest <= '9');
  }
  const auto zone = offset(rest);
  if (!zone) return std::nullopt;
  return formatted(timegm(&parts) - *zone);
}

std::optional<std::string> from_seconds(std::string_view text) {
  std::time_t seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return formatted(seconds);
}

}  // namespace

std::optional<std::string> now() {
  if (const char* fixed = std::getenv("OPENKB_NOW")) return from_rfc3339(fixed);
  if (const char* fixed = std::getenv("SOURCE_DATE_EPOCH")) return from_seconds(fixed);
  return formatted(std::time(nullptr));
}

}  // namespace openkb
