#pragma once

/// \file
/// The body of a record as CBOR, with limits that make it safe to read what somebody else wrote: nlohmann's reader
/// calls itself for each level, so a few kilobytes of opening brackets would end the process.

#include <commitpoint/result.hpp>

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace commitpoint::journal {

/// How many arrays and objects may stand inside each other in the body of a record.
inline constexpr std::size_t deepest_body = 128;

}  // namespace commitpoint::journal

namespace commitpoint::detail {

// Builds nothing; stops where a document is nested too deeply or claims more elements than it has bytes.
class nesting_limits final : public nlohmann::json::json_sax_t {
 public:
  nesting_limits(std::size_t bytes, std::size_t levels) noexcept : bytes_(bytes), levels_(levels) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(nlohmann::json::number_integer_t) override { return true; }
  bool number_unsigned(nlohmann::json::number_unsigned_t) override { return true; }
  bool number_float(nlohmann::json::number_float_t, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(nlohmann::json::binary_t&) override { return true; }
  bool key(std::string&) override { return true; }
  bool start_object(std::size_t elements) override { return enter(elements); }
  bool start_array(std::size_t elements) override { return enter(elements); }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

 private:
  bool enter(std::size_t elements) noexcept {
    const bool known = elements != static_cast<std::size_t>(-1);
    return ++depth_ <= levels_ && !(known && elements > bytes_);
  }
  bool leave() noexcept {
    --depth_;
    return true;
  }

  std::size_t bytes_;
  std::size_t levels_;
  std::size_t depth_ = 0;
};

// Whether a text is JSON with no more than so many arrays and objects inside each other.
[[nodiscard]] inline bool nested_at_most(std::string_view text, std::size_t levels) {
  nesting_limits limits(text.size(), levels);
  return nlohmann::json::sax_parse(text, &limits);
}

// Whether every item says its length. Strings that come in parts are read by a call for each level as well, which no
// callback sees; nothing that is written here has them.
[[nodiscard]] inline bool has_only_definite_items(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto head = static_cast<unsigned char>(bytes[at++]);
    const unsigned major = head >> 5U;
    const unsigned info = head & 31U;
    if (info > 27) return false;
    const std::size_t width = info < 24 ? 0 : std::size_t{1} << (info - 24);
    if (width > bytes.size() - at) return false;
    std::uint64_t value = info;
    if (width > 0) value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8U | static_cast<unsigned char>(bytes[at + i]);
    at += width;
    if (major != 2 && major != 3) continue;  // what an array or an object holds follows as items of their own
    if (value > bytes.size() - at) return false;
    at += static_cast<std::size_t>(value);
  }
  return true;
}

[[nodiscard]] inline bool within_limits(std::string_view bytes) {
  if (!has_only_definite_items(bytes)) return false;
  nesting_limits limits(bytes.size(), journal::deepest_body);
  return nlohmann::json::sax_parse(bytes, &limits, nlohmann::json::input_format_t::cbor);
}

// The value of bytes that anybody may have written; a discarded one where they are no CBOR, or nested too deeply.
[[nodiscard]] inline nlohmann::json decode_cbor(std::string_view bytes) {
  if (!within_limits(bytes)) return nlohmann::json::value_t::discarded;
  return nlohmann::json::from_cbor(bytes, true, false);
}

}  // namespace commitpoint::detail

namespace commitpoint::journal {

/// The bytes of a body, an object. What could not be read back is not written.
/// \errors std::errc::invalid_argument
[[nodiscard]] inline result<std::string> encode_body(const nlohmann::json& body) {
  std::string bytes;
  if (body.is_object()) nlohmann::json::to_cbor(body, bytes);
  if (bytes.empty() || !detail::within_limits(bytes)) {
    return failure(std::make_error_code(std::errc::invalid_argument), {},
                   "the body of a journal record is not an object, or is nested too deeply");
  }
  return bytes;
}

/// The body that these bytes hold, or nothing when they are not one whole object.
[[nodiscard]] inline std::optional<nlohmann::json> decode_body(std::string_view bytes) {
  auto body = detail::decode_cbor(bytes);
  if (!body.is_object()) return {};
  return body;
}

}  // namespace commitpoint::journal
