#pragma once

/// \file
/// What a journal holds: records, in order. The engine gives them their meaning; a backend stores and returns them.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::journal {

/// What a record says. The values are on disk: never reuse one.
enum class record_kind : std::uint16_t {
  generation = 1,    ///< the journal starts anew here; carries what was pending, and the decisions of a drain
  protect = 2,       ///< a live path was saved and may now be written in place
  will_create = 3,   ///< a path is about to be created
  created = 4,       ///< a path was created: inode and birth time
  scratch = 5,       ///< a private directory of `plan::staging`, removed whatever happens
  sibling = 6,       ///< a hidden name beside a target on another device
  commit = 7,        ///< the commit point, with the redo list
  published = 8,     ///< everything in the redo list is live (though not known durable)
  rolling_back = 9,  ///< a failure before the commit point
  rolled_back = 10,  ///< everything is undone and durable
  retired = 11,      ///< nothing of it is needed any more
  undone = 12,       ///< the newest undo entries were undone with a savepoint: how many are left
  compensate = 13,   ///< an effect that is not a file is about to happen; what undoes it
  copying = 14,      ///< from here on live files of the redo list are written to
};

/// Whether this version knows the kind.
[[nodiscard]] constexpr bool is_known(record_kind k) noexcept {
  return k >= record_kind::generation && k <= record_kind::copying;
}

/// Whether a record of this kind takes work off a drain: it may use room that all others leave free.
[[nodiscard]] constexpr bool settles(record_kind k) noexcept {
  return k >= record_kind::published && k <= record_kind::retired;
}

/// One record.
struct record {
  record_kind kind = record_kind::generation;
  /// The mutation it belongs to; of a `generation` record, the number that the next mutation gets: everything with a
  /// smaller number is settled, or stands in this record's body.
  std::uint64_t mutation = 0;
  /// What it says: a map in CBOR. The engine encodes and decodes it.
  std::string body = {};
  /// Room for file contents that ride in a commit record.
  std::string contents = {};
};

/// Whether a body is one whole map in CBOR, nested no deeper than a reader goes. What is not is neither written nor
/// believed.
[[nodiscard]] inline bool is_readable_body(std::string_view body) {
  const auto map = codec::cbor_view::whole(body);
  return map && map->is_map();
}
[[nodiscard]] inline failure unreadable_body() {
  return {std::make_error_code(std::errc::invalid_argument),
          {},
          "the body of a journal record is not an object, or is nested too deeply"};
}

/// Up to which number a commit record says that all mutations are settled; nothing where it says none, or no number.
[[nodiscard]] inline std::optional<std::uint64_t> retired_by(const record& r) {
  const auto body = codec::cbor_view::whole(r.body);
  const auto upto = body ? body->find("retires") : std::nullopt;
  return upto ? upto->number() : std::nullopt;
}

/// Whether a record says that its mutation is about to commit in a database: it undoes nothing.
[[nodiscard]] inline bool is_note(const record& r) {
  if (r.kind != record_kind::protect) return false;
  const auto body = codec::cbor_view::whole(r.body);
  const auto entries = body ? body->find("entries") : std::nullopt;
  return entries && entries->is_array() && entries->size() == 0;
}

/// What a journal holds now.
struct image {
  /// The records of the newest generation, oldest first; the first one is its `generation` record. Empty when no
  /// journal was ever begun.
  std::vector<record> records;
  /// Set when the journal cannot be trusted: what is wrong, for people. Then nothing in `records` may be acted on.
  std::optional<std::string> damage;
  /// With `damage`: a part of the journal is not there, and what is wrong is over as soon as it is back.
  bool may_pass = false;
};

}  // namespace commitpoint::journal
