#pragma once

/// \file
/// Limits that make it safe to read JSON that somebody else wrote: nlohmann's reader calls itself for each level, so a
/// few kilobytes of opening brackets would end the process.

#include <nlohmann/json.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace commitpoint::codec {

// Builds nothing; stops where a document is nested too deeply.
class nesting_limit final : public nlohmann::json::json_sax_t {
 public:
  explicit nesting_limit(std::size_t levels) noexcept : levels_(levels) {}

  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(nlohmann::json::number_integer_t) override { return true; }
  bool number_unsigned(nlohmann::json::number_unsigned_t) override { return true; }
  bool number_float(nlohmann::json::number_float_t, const std::string&) override { return true; }
  bool string(std::string&) override { return true; }
  bool binary(nlohmann::json::binary_t&) override { return true; }
  bool key(std::string&) override { return true; }
  bool start_object(std::size_t) override { return ++depth_ <= levels_; }
  bool start_array(std::size_t) override { return ++depth_ <= levels_; }
  bool end_object() override { return leave(); }
  bool end_array() override { return leave(); }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception&) override { return false; }

 private:
  bool leave() noexcept {
    --depth_;
    return true;
  }

  std::size_t levels_;
  std::size_t depth_ = 0;
};

/// Whether a text is JSON with no more than so many arrays and objects inside each other.
[[nodiscard]] inline bool nested_at_most(std::string_view text, std::size_t levels) {
  nesting_limit limit(levels);
  return nlohmann::json::sax_parse(text, &limit);
}

/// The value of bytes that `cbor_view::whole` has accepted; a discarded one where it is none that json knows.
[[nodiscard]] inline nlohmann::json json_from_cbor(std::string_view bytes) {
  return nlohmann::json::from_cbor(bytes, true, false, nlohmann::json::cbor_tag_handler_t::store);
}

}  // namespace commitpoint::codec
