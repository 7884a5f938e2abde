#pragma once

/// \file
/// Any json value as one that can be written as text. Paths and attributes are bytes, and JSON text is UTF-8: what does
/// not fit is wrapped so that it comes back exactly. docs/formats/json.md has the rules.

#include <nlohmann/json.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::codec {

/// Whether bytes are UTF-8 as RFC 3629 has it: no longer than needed, no surrogates, nothing above U+10FFFF.
[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  static constexpr std::array<std::uint32_t, 4> smallest{0, 0x80, 0x800, 0x10000};
  for (std::size_t at = 0; at < text.size();) {
    const auto head = static_cast<unsigned char>(text[at++]);
    if (head < 0x80) continue;
    const std::size_t more = head >= 0xF0 ? 3 : head >= 0xE0 ? 2 : 1;
    if (head < 0xC2 || head > 0xF4 || text.size() - at < more) return false;
    std::uint32_t point = head & (0x3FU >> more);
    for (std::size_t i = 0; i < more; ++i) {
      const auto next = static_cast<unsigned char>(text[at++]);
      if ((next & 0xC0U) != 0x80U) return false;
      point = point << 6U | (next & 0x3FU);
    }
    if (point < smallest[more] || point > 0x10FFFF || (point >= 0xD800 && point <= 0xDFFF)) return false;
  }
  return true;
}

inline void append_hex(std::string& text, unsigned char byte) {
  static constexpr std::string_view digits = "0123456789abcdef";
  text += digits[byte >> 4U];
  text += digits[byte & 15U];
}

[[nodiscard]] inline std::optional<unsigned char> hex_byte(std::string_view two) noexcept {
  static constexpr std::string_view digits = "0123456789abcdef";
  if (two.size() != 2) return {};
  const auto high = digits.find(two[0]);
  const auto low = digits.find(two[1]);
  if (high == std::string_view::npos || low == std::string_view::npos) return {};
  return static_cast<unsigned char>(high << 4U | low);
}

/// Bytes as printable ASCII: everything else, `%` and `$` become `%` and two hexadecimal digits.
[[nodiscard]] inline std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (c >= ' ' && c <= '~' && c != '%' && c != '$') {
      text += c;
    } else {
      append_hex(text += '%', static_cast<unsigned char>(c));
    }
  }
  return text;
}

/// What was escaped; nothing if a `%` is not followed by two digits.
[[nodiscard]] inline std::optional<std::string> unescaped(std::string_view text) {
  std::string bytes;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '%') {
      bytes += text[at];
      continue;
    }
    const auto byte = hex_byte(text.substr(at + 1, 2));
    if (!byte) return {};
    bytes += static_cast<char>(*byte);
    at += 2;
  }
  return bytes;
}

/// Bytes as they stand in JSON: a string, or `{"$text": "caf%e9"}` where they are not UTF-8.
[[nodiscard]] inline nlohmann::json text_as_json(std::string_view bytes) {
  if (is_utf8(bytes)) return std::string(bytes);
  return {{"$text", escaped(bytes)}};
}

/// A value that `dump` can write and `decode_json` turns back into `value`; nothing if it is nested deeper than
/// `levels`.
[[nodiscard]] inline std::optional<nlohmann::json> encode_json(const nlohmann::json& value, std::size_t levels) {
  using type = nlohmann::json::value_t;
  switch (value.type()) {
    case type::string: return text_as_json(value.get_ref<const std::string&>());
    case type::number_float: {
      const auto number = value.get<double>();
      if (std::isfinite(number)) return value;
      return nlohmann::json{{"$number", std::isnan(number) ? "nan" : number > 0 ? "inf" : "-inf"}};
    }
    case type::binary: {
      const auto& bytes = value.get_binary();
      std::string digits;
      for (const auto byte : bytes) append_hex(digits, byte);
      nlohmann::json wrapped{{"$binary", std::move(digits)}};
      if (bytes.has_subtype()) wrapped["subtype"] = bytes.subtype();
      return wrapped;
    }
    case type::array: {
      auto all = nlohmann::json::array();
      for (const auto& element : value) {
        auto coded = levels > 0 ? encode_json(element, levels - 1) : std::nullopt;
        if (!coded) return {};
        all.push_back(std::move(*coded));
      }
      return all;
    }
    case type::object: {
      auto all = nlohmann::json::object();
      for (const auto& [key, element] : value.items()) {
        auto coded = levels > 0 ? encode_json(element, levels - 1) : std::nullopt;
        if (!coded) return {};
        const bool plain = is_utf8(key) && !key.starts_with('$');
        all[plain ? key : "$" + escaped(key)] = std::move(*coded);
      }
      return all;
    }
    case type::discarded: return {};
    default: return value;
  }
}

[[nodiscard]] inline std::optional<nlohmann::json> decode_json(const nlohmann::json& coded);

// An object with a `$` in it that is no key: something that JSON has no word for.
[[nodiscard]] inline std::optional<nlohmann::json> decode_wrapped(const nlohmann::json& coded) {
  const auto text_of = [&](const char* key) {
    const auto found = coded.find(key);
    return found != coded.end() && found->is_string() ? &found->get_ref<const std::string&>() : nullptr;
  };
  if (const auto* text = text_of("$text"); text != nullptr && coded.size() == 1) {
    if (auto bytes = unescaped(*text)) return nlohmann::json(std::move(*bytes));
  }
  if (const auto* word = text_of("$number"); word != nullptr && coded.size() == 1) {
    if (*word == "nan") return nlohmann::json(std::numeric_limits<double>::quiet_NaN());
    if (*word == "inf") return nlohmann::json(std::numeric_limits<double>::infinity());
    if (*word == "-inf") return nlohmann::json(-std::numeric_limits<double>::infinity());
  }
  if (const auto* digits = text_of("$binary"); digits != nullptr) {
    const auto subtype = coded.find("subtype");
    const bool known =
        coded.size() == 1 || (coded.size() == 2 && subtype != coded.end() && subtype->is_number_unsigned());
    if (!known || digits->size() % 2 != 0) return {};
    std::vector<std::uint8_t> bytes;
    for (std::size_t at = 0; at < digits->size(); at += 2) {
      const auto byte = hex_byte(std::string_view(*digits).substr(at, 2));
      if (!byte) return {};
      bytes.push_back(*byte);
    }
    if (subtype == coded.end()) return nlohmann::json::binary(std::move(bytes));
    return nlohmann::json::binary(std::move(bytes), subtype->get<std::uint64_t>());
  }
  return {};
}

/// What `encode_json` was given; nothing for a value that it does not make. Goes as deep as the value does, which the
/// caller has limited.
[[nodiscard]] inline std::optional<nlohmann::json> decode_json(const nlohmann::json& coded) {
  if (!coded.is_structured()) return coded;
  if (coded.contains("$text") || coded.contains("$binary") || coded.contains("$number")) return decode_wrapped(coded);
  auto value = coded.is_array() ? nlohmann::json::array() : nlohmann::json::object();
  for (const auto& [key, element] : coded.items()) {
    auto decoded = decode_json(element);
    if (!decoded) return {};
    if (coded.is_array()) {
      value.push_back(std::move(*decoded));
      continue;
    }
    // An escaped key has at least one `%`, so that it is none of the words above.
    auto name = key.starts_with('$') ? unescaped(std::string_view(key).substr(1)) : key;
    if (!name || (key.starts_with('$') && key.find('%') == std::string::npos) || value.contains(*name)) return {};
    value[*name] = std::move(*decoded);
  }
  return value;
}

}  // namespace commitpoint::codec
