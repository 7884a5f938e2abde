#pragma once

/// \file
/// Encoded records as text: bytes in hexadecimal, and beside them what they say, for people.
///
///     record NOTE
///     cbor HEX       any number of lines
///     json TEXT

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace records {

struct golden {
  std::string note;
  std::string bytes;
  std::string json = {};
};

/// What CBOR says.
[[nodiscard]] inline std::string json_of(std::string_view cbor) {
  return nlohmann::json::from_cbor(cbor).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

[[nodiscard]] inline std::string golden_text(const std::vector<golden>& all) {
  constexpr std::string_view digits = "0123456789abcdef";
  constexpr std::size_t line = 54;
  std::string text;
  for (const auto& g : all) {
    text += "\nrecord " + g.note + "\n";
    for (std::size_t at = 0; at < g.bytes.size(); at += line) {
      text += "cbor ";
      for (const char c : g.bytes.substr(at, line)) {
        const auto byte = static_cast<unsigned char>(c);
        text += digits[byte >> 4U];
        text += digits[byte & 15U];
      }
      text += '\n';
    }
    text += "json " + g.json + "\n";
  }
  return text;
}

[[nodiscard]] inline std::vector<golden> golden_from(const std::string& text) {
  std::vector<golden> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto space = line.find(' ');
    const auto word = line.substr(0, space);
    const auto rest = line.substr(std::min(line.size(), space + 1));
    if (word == "record") {
      all.push_back({rest, {}});
    } else if (word == "cbor" && rest.size() % 2 == 0) {
      for (std::size_t i = 0; i < rest.size(); i += 2) {
        all.back().bytes += static_cast<char>(std::stoi(rest.substr(i, 2), nullptr, 16));
      }
    } else if (word == "json") {
      all.back().json = rest;
    } else {
      throw std::runtime_error("a line that says nothing: " + line);
    }
  }
  return all;
}

}  // namespace records
