#include "text/nfc.hpp"

#include <glib.h>

#include <algorithm>
#include <iterator>
#include <memory>

namespace openkb {

namespace {

constexpr std::size_t most_spellings = 8;  // what openkb names has at most two names that are not its own

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

std::vector<std::string> spellings_of(const std::string& path) {
  std::vector<std::string> out{path};
  if (is_ascii(path)) return out;
  std::vector<std::string> ways{""};
  for (std::size_t from = 0; from <= path.size();) {
    const auto end = std::min(path.find('/', from), path.size());
    const auto name = std::string_view(path).substr(from, end - from);
    std::vector<std::string> names{nfc(name)};
    if (ways.size() < most_spellings && nfd(name) != names.front()) names.push_back(nfd(name));
    std::vector<std::string> longer;
    for (const auto& way : ways) {
      for (const auto& each : names) longer.emplace_back(way).append(from == 0 ? "" : "/").append(each);
    }
    ways = std::move(longer);
    from = end + 1;
  }
  std::ranges::copy_if(ways, std::back_inserter(out), [&](const std::string& way) { return way != path; });
  return out;
}

}  // namespace openkb
