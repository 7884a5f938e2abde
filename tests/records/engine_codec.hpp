#pragma once

/// \file
/// The one place where the tests of old records call the engine: each function decodes bytes as a drain does, and
/// encodes what it found as a mutation does. Whatever the engine does not know is lost on the way, and missed. A
/// function throws what the engine throws where the bytes make no sense.

#include <commitpoint/detail/block_sums.hpp>
#include <commitpoint/detail/entries.hpp>
#include <commitpoint/detail/pending.hpp>
#include <commitpoint/detail/replaced_tree.hpp>
#include <commitpoint/detail/tree_snapshot.hpp>
#include <commitpoint/journal/body.hpp>
#include <commitpoint/journal/format.hpp>
#include <commitpoint/journal/json_format.hpp>
#include <commitpoint/journal/record.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace records::engine {

namespace cp = commitpoint;
using cp::journal::record_kind;

[[nodiscard]] inline nlohmann::json again(record_kind kind, const nlohmann::json& body) {
  namespace d = cp::detail;
  if (kind == record_kind::generation) {
    if (body.contains("accepted")) return {{"accepted", body.at("accepted").get<std::string>()}};
    if (!body.contains("pending")) return nlohmann::json::object();
    auto carried = nlohmann::json::array();
    for (const auto& e : body.at("pending")) {
      const auto inner = static_cast<record_kind>(e.at("kind").get<std::uint16_t>());
      carried.push_back(d::enclosed({inner, e.at("mutation").get<std::uint64_t>(), again(inner, e.at("body")), {}}));
    }
    return {{"pending", std::move(carried)}};
  }
  nlohmann::json made{{"operation", body.at("operation").get<std::string>()},
                      {"durability", body.at("durability").get<std::string>()},
                      {"cache", body.at("cache").get<std::string>()}};
  switch (kind) {
    case record_kind::protect:
    case record_kind::will_create:
    case record_kind::created:
    case record_kind::scratch:
    case record_kind::sibling:
    case record_kind::compensate:
      made["entries"] = body.at("entries").get<std::vector<d::undo_entry>>();
      // The note of `journal::sqlite` has none.
      if (body.contains("details")) made["details"] = body.at("details");
      break;
    case record_kind::commit:
      made["redo"] = body.at("redo").get<std::vector<d::redo_entry>>();
      made["details"] = body.at("details");
      if (body.contains("retires")) made["retires"] = body.at("retires").get<std::uint64_t>();
      break;
    case record_kind::undone: made["remaining"] = body.at("remaining").get<std::uint64_t>(); break;
    default: break;
  }
  return made;
}

/// The body of a record of the log.
[[nodiscard]] inline std::string body_again(record_kind kind, std::string_view bytes) {
  const auto body = cp::journal::decode_body(bytes);
  if (!body) throw std::runtime_error("the body is not an object in CBOR");
  return cp::journal::encode_body(again(kind, *body)).value();
}

[[nodiscard]] inline std::string cbor(const nlohmann::json& j) {
  const auto bytes = nlohmann::json::to_cbor(j);
  return {bytes.begin(), bytes.end()};
}

/// The list of a saved tree.
[[nodiscard]] inline std::string manifest_again(std::string_view bytes) {
  return cbor(nlohmann::json(cp::detail::decode_cbor(bytes).get<std::vector<cp::detail::manifest_entry>>()));
}

/// What is known of a file that is written over.
[[nodiscard]] inline std::string block_sums_again(std::string_view bytes) {
  const auto sums = cp::detail::sums_from(bytes);
  if (!sums) throw std::runtime_error("they make no sense");
  return cbor(nlohmann::json(*sums));
}

/// What is known of a directory that is replaced.
[[nodiscard]] inline std::string tree_states_again(std::string_view bytes) {
  return cp::detail::encode_states(cp::detail::decode_states(bytes));
}

/// A record of the log, or of a row, with its header.
[[nodiscard]] inline std::string record_again(std::string_view bytes) {
  const auto found = cp::journal::format::parse(bytes);
  if (!found) throw std::runtime_error("the record is not whole");
  auto head = found->head;
  const auto kind = static_cast<record_kind>(static_cast<std::uint16_t>(head.kind));
  return cp::journal::format::encode(head, body_again(kind, found->body), found->contents);
}

/// A file of `journal::json_file`.
[[nodiscard]] inline std::string json_file_again(const std::string& name, std::string_view text) {
  namespace format = cp::journal::json_format;
  const auto known = format::parse_name(name);
  if (!known) throw std::runtime_error("its name is none");
  auto parsed = format::parse(*known, text);
  if (!parsed) throw std::runtime_error("it is torn");
  auto content = std::get<format::content>(std::move(*parsed));
  for (auto& r : content.records) r.body = again(r.kind, r.body);
  return format::encode(content).value();
}

}  // namespace records::engine
