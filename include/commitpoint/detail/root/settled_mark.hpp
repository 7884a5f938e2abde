#pragma once

/// \file
/// What an owner leaves in the lock file when it releases a tree in which nothing is pending, or nothing but a publish
/// that is done and not yet durable (`durability::settle::later`), so that whoever comes next need not read the journal
/// to know that. It costs the same whatever was done before.
///
///     release            the journal is settled  ->  write the mark
///     acquire, read      the mark is of this boot and mount, and the journal ends where it says  ->  nothing is
///     pending before any write   erase the mark
///
/// The mark is never synced, and need not be: it counts only under the cache identity that it was written under, and as
/// long as that lasts no power cut came between, so that an erased mark is not seen again. Anything unusual about it,
/// or about the journal, and the journal is read as if there were none. docs/formats/state_directory.md has the bytes.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/codec/crc32c.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/system/door.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace commitpoint::detail {

/// What whoever left a mark had found out about the state directory, and need not be found out again as long as that
/// was not changed: that no marker blocks, which journal the root has, and that nobody else may write to what is there.
struct vouched_state {
  std::uint64_t user = 0;     ///< who trusts nobody but himself and root
  std::int64_t modified = 0;  ///< the times of the state directory
  std::int64_t changed = 0;
  std::string journal = {};  ///< its identity

  [[nodiscard]] bool operator==(const vouched_state&) const = default;
};

struct settled_mark {
  std::string cache;        ///< the identity that it was written under
  std::uint64_t inode = 0;  ///< of the lock file: a copy of the tree has another one
  std::uint64_t next = 1;   ///< the number of the next mutation
  std::string bookmark;     ///< where the journal ends
  std::optional<vouched_state> vouched = {};
  /// The mutation that is published, and whose publish need not be durable yet; 0: there is none, and nothing is
  /// pending.
  std::uint64_t unretired = 0;
};

/// The largest mark, in bytes; a longer one is not written.
inline constexpr std::size_t largest_mark = 1024;

/// A checksum in 8 hexadecimal digits, and behind it the mark in CBOR.
[[nodiscard]] inline std::string encode_mark(const settled_mark& mark) {
  std::string body;
  codec::cbor_map map(body);
  map.member("bookmark").bytes(mark.bookmark);
  map.member("cache").text(mark.cache);
  map.member("inode").number(mark.inode);
  map.member("next").number(mark.next);
  if (mark.unretired != 0) map.member("unretired").number(mark.unretired);
  if (mark.vouched) {
    auto vouched = map.member("vouched");
    vouched.array(4);
    vouched.text(mark.vouched->journal);
    vouched.number(mark.vouched->user);
    vouched.integer(mark.vouched->modified);
    vouched.integer(mark.vouched->changed);
  }
  std::string encoded;
  constexpr std::string_view digits = "0123456789abcdef";
  const auto sum = codec::crc32c{body}.value();
  for (unsigned shift = 32; shift > 0; shift -= 4) encoded += digits[(sum >> (shift - 4)) & 15U];
  return encoded + body;
}

/// Nothing where it makes no sense.
[[nodiscard]] inline std::optional<vouched_state> decode_vouched(const codec::cbor_view& item) {
  if (!item.is_array()) return std::nullopt;
  vouched_state found;
  std::size_t at = 0;
  item.each_item([&](const codec::cbor_view& part) {
    if (at == 0 && part.text()) found.journal = *part.text();
    if (at == 1) found.user = part.number().value_or(0);
    if (at == 2) found.modified = part.integer().value_or(0);
    if (at == 3) found.changed = part.integer().value_or(0);
    ++at;
  });
  return found;
}

/// Nothing where it is not whole, or makes no sense. What an earlier, longer mark has left behind it is not looked at:
/// `bytes` may go on.
[[nodiscard]] inline std::optional<settled_mark> decode_mark(std::string_view bytes) {
  constexpr std::size_t sum_size = 8;
  if (bytes.size() <= sum_size) return std::nullopt;
  const auto map = codec::cbor_view::first(bytes.substr(sum_size));
  if (!map) return std::nullopt;
  const auto bookmark = map->find("bookmark");
  const auto cache = map->find("cache");
  const auto inode = map->find("inode");
  const auto next = map->find("next");
  if (!bookmark || !bookmark->bytes() || !cache || !cache->text() || !inode || !inode->number() || !next ||
      !next->number() || *next->number() == 0) {
    return std::nullopt;
  }
  settled_mark mark{std::string(*cache->text()), *inode->number(), *next->number(), std::string(*bookmark->bytes())};
  if (const auto unretired = map->find("unretired")) mark.unretired = unretired->number().value_or(0);
  if (const auto vouched = map->find("vouched")) mark.vouched = decode_vouched(*vouched);
  if (!bytes.starts_with(encode_mark(mark))) return std::nullopt;
  return mark;
}

/// Erases a mark. What is written to the journal afterwards makes it wrong.
[[nodiscard]] inline result<void> erase_mark(system::door& system, const system::handle& lock) {
  return write_all(system, lock, 0, std::string_view("\0\0\0\0\0\0\0\0", 8));
}

}  // namespace commitpoint::detail
