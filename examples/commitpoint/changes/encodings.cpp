#include "changes/encodings.hpp"

#include <openssl/evp.h>

#include <array>
#include <limits>

namespace command {

std::optional<std::string> from_base64(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (const char c : text) {
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') plain += c;
  }
  if (plain.size() % 4 != 0 || plain.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    return std::nullopt;
  std::size_t padding = 0;
  while (padding < 2 && padding < plain.size() && plain[plain.size() - 1 - padding] == '=') ++padding;
  if (plain.find('=') < plain.size() - padding) return std::nullopt;
  std::string out(plain.size() / 4 * 3, '\0');
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): what libcrypto takes
  const auto size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                      // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): the same
                      reinterpret_cast<const unsigned char*>(plain.data()), static_cast<int>(plain.size()));
  if (size < 0) return std::nullopt;
  out.resize(static_cast<std::size_t>(size) - padding);
  return out;
}

std::string sha256_of(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (unsigned i = 0; i < size; ++i) {
    out += digits[digest[i] >> 4U];
    out += digits[digest[i] & 15U];
  }
  return out;
}

}  // namespace command
