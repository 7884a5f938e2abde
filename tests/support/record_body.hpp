#pragma once

/// \file
/// The bodies of records as json, for tests: an independent reader and writer of the same CBOR.

#include <commitpoint/journal/record.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace support {

/// A body that says this.
[[nodiscard]] inline std::string body_of(const nlohmann::json& content) {
  const auto bytes = nlohmann::json::to_cbor(content);
  return {bytes.begin(), bytes.end()};
}

/// What a body says; throws at one that is no CBOR.
[[nodiscard]] inline nlohmann::json json_of(const std::string& body) {
  return nlohmann::json::from_cbor(body, true, true, nlohmann::json::cbor_tag_handler_t::store);
}
[[nodiscard]] inline nlohmann::json json_of(const commitpoint::journal::record& r) { return json_of(r.body); }

/// A record whose body says this.
[[nodiscard]] inline commitpoint::journal::record make_record(commitpoint::journal::record_kind kind,
                                                              std::uint64_t mutation,
                                                              const nlohmann::json& body = nlohmann::json::object(),
                                                              std::string contents = {}) {
  return {kind, mutation, body_of(body), std::move(contents)};
}

}  // namespace support
