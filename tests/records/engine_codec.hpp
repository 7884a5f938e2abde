#pragma once

/// \file
/// The one place where the tests of old records call the engine: each function decodes bytes as a drain does, and
/// encodes what it found as a mutation does. Whatever the engine does not know is lost on the way, and missed. A
/// function throws where the bytes make no sense.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/detail/records/codec.hpp>
#include <commitpoint/detail/records/replaced_tree.hpp>
#include <commitpoint/detail/undo/tree_snapshot.hpp>
#include <commitpoint/files/block_sums.hpp>
#include <commitpoint/journal/format.hpp>
#include <commitpoint/journal/json_format.hpp>
#include <commitpoint/journal/record.hpp>

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace records::engine {

namespace cp = commitpoint;
namespace d = cp::detail;
using cp::codec::cbor_view;
using cp::journal::record_kind;

[[nodiscard]] inline cbor_view whole(std::string_view bytes) {
  const auto item = cbor_view::whole(bytes);
  if (!item) throw std::runtime_error("it is no CBOR");
  return *item;
}

inline void require_sense(const std::string& wrong) {
  if (!wrong.empty()) throw std::runtime_error(wrong);
}

/// Every item of a list, as `decode` reads its members.
template <class Decode>
[[nodiscard]] auto all_of(const cbor_view& list, Decode decode) {
  std::vector<decltype(decode(std::declval<const d::members&>()))> all;
  std::string wrong;
  if (!list.is_array()) throw std::runtime_error("it is no list");
  list.each_item([&](const cbor_view& item) { all.push_back(decode(d::members(item, wrong))); });
  require_sense(wrong);
  return all;
}

/// The body of a record of the log.
[[nodiscard]] inline std::string body_again(record_kind kind, std::string_view bytes) {
  const auto body = whole(bytes);
  std::string wrong;
  const d::members in(body, wrong);
  if (kind == record_kind::generation) {
    if (in.has("accepted")) return d::encode_accepted(in.text("accepted"));
    std::vector<cp::journal::record> carried;
    if (const auto pending = in.find("pending")) {
      pending->each_item([&](const cbor_view& item) {
        const d::members one(item, wrong);
        const auto inner = static_cast<record_kind>(one.number("kind"));
        carried.push_back({inner, one.number("mutation"), body_again(inner, one.find("body").value().encoded()), {}});
      });
    }
    require_sense(wrong);
    return d::encode_generation(carried);
  }
  const auto operation = in.text("operation");
  const auto durability = in.text("durability");
  const auto cache = in.text("cache");
  std::optional<cp::details> details;
  if (const auto said = in.find("details")) details = cp::details::encoded(said->encoded());
  std::vector<d::undo_entry> entries;
  std::vector<d::redo_entry> redo;
  d::record_body made{.operation = operation, .durability = durability, .cache = cache};
  if (details) made.details = &*details;
  if (const auto list = in.find("entries")) {
    entries = all_of(*list, &d::decode_undo);
    made.entries = &entries;
  }
  if (kind == record_kind::commit) {
    redo = all_of(in.find("redo").value(), &d::decode_redo);
    made.redo = &redo;
    if (in.has("retires")) made.retires = in.number("retires");
  }
  if (kind == record_kind::undone) made.remaining = in.number("remaining");
  require_sense(wrong);
  return d::encode(made);
}

/// The list of a saved tree.
[[nodiscard]] inline std::string manifest_again(std::string_view bytes) {
  std::string again;
  d::encode_all(all_of(whole(bytes), &d::decode_manifest_entry), again);
  return again;
}

/// What is known of a file that is written over.
[[nodiscard]] inline std::string block_sums_again(std::string_view bytes) {
  const auto sums = d::sums_from(bytes);
  if (!sums) throw std::runtime_error("they make no sense");
  return d::encode_sums(*sums);
}

/// What is known of a directory that is replaced.
[[nodiscard]] inline std::string tree_states_again(std::string_view bytes) {
  return d::encode_states(d::decode_states(bytes));
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
  for (auto& r : content.records) r.body = body_again(r.kind, r.body);
  return format::encode(content).value();
}

}  // namespace records::engine
