#pragma once

/// \file
/// The bytes of one record of the log, shared by its reader and its writer; docs/formats/log.md is the same in prose.
/// Every later version keeps the magic, the version, both lengths and the checksum where they are, so that any version
/// can tell a record it does not know from a torn one.

#include <commitpoint/codec/crc32c.hpp>

#include <boost/endian/arithmetic.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace commitpoint::journal::format {

/// Records begin at multiples of this, and are filled up to one with zeros.
inline constexpr std::size_t alignment = 8;
inline constexpr std::array<char, 4> magic{'C', 'P', 'L', 'R'};
inline constexpr std::uint16_t version = 1;

/// What stands before the body. The types have their size, their byte order and no alignment.
struct header {
  std::array<char, 4> magic = format::magic;
  boost::endian::little_uint16_t version{format::version};
  boost::endian::little_uint16_t kind{0};
  boost::endian::little_uint64_t mutation{0};
  boost::endian::little_uint64_t generation{0};
  boost::endian::little_uint64_t salt{0};             ///< random; with the generation it tells lives of a file apart
  boost::endian::little_uint64_t synced_upto{0};      ///< everything before this offset was durable already
  boost::endian::little_uint32_t body_length{0};      ///< CBOR
  boost::endian::little_uint32_t contents_length{0};  ///< raw bytes
  boost::endian::little_uint32_t previous{0};         ///< the checksum of the record before; 0 in the first
  boost::endian::little_uint32_t checksum{0};         ///< CRC-32C of everything before this field, body and contents
};
static_assert(sizeof(header) == 56 && alignof(header) == 1 && std::is_trivially_copyable_v<header>);

inline constexpr std::size_t header_size = sizeof(header);
/// How much of the header the checksum covers.
inline constexpr std::size_t covered = header_size - sizeof(header::checksum);

/// A record that is whole: magic, lengths, checksum and padding are right. What it says is for the caller to judge.
struct parsed {
  header head;
  std::string_view body;
  std::string_view contents;
  std::size_t size = 0;  ///< with the padding
};

/// How many bytes a record takes, padding included.
[[nodiscard]] constexpr std::uint64_t record_size(std::uint64_t body, std::uint64_t contents) noexcept {
  return (header_size + body + contents + alignment - 1) / alignment * alignment;
}

/// The bytes of a record. Fills in the lengths and the checksum; each part must be shorter than 4 GiB.
[[nodiscard]] inline std::string encode(header& head, std::string_view body, std::string_view contents) {
  head.body_length = static_cast<std::uint32_t>(body.size());
  head.contents_length = static_cast<std::uint32_t>(contents.size());
  const auto unsummed = std::bit_cast<std::array<char, header_size>>(head);
  head.checksum = codec::crc32c{std::string_view(unsummed.data(), covered), body, contents}.value();
  const auto bytes = std::bit_cast<std::array<char, header_size>>(head);
  std::string record;
  record.reserve(record_size(body.size(), contents.size()));
  record.append(bytes.data(), bytes.size()).append(body).append(contents);
  record.resize(record_size(body.size(), contents.size()), '\0');
  return record;
}

/// The header that stands at the beginning of `bytes`, if there is the magic.
[[nodiscard]] inline std::optional<header> header_of(std::string_view bytes) noexcept {
  if (bytes.size() < header_size || !bytes.starts_with(std::string_view(magic.data(), magic.size()))) return {};
  header head;
  std::memcpy(&head, bytes.data(), header_size);
  return head;
}

/// The same, if the whole record would fit.
[[nodiscard]] inline std::optional<header> peek(std::string_view bytes) noexcept {
  const auto head = header_of(bytes);
  if (!head || record_size(head->body_length, head->contents_length) > bytes.size()) return {};
  return head;
}

/// The record that stands at the beginning of `bytes`, or nothing. Trusts no length.
[[nodiscard]] inline std::optional<parsed> parse(std::string_view bytes) {
  const auto head = peek(bytes);
  if (!head) return {};
  parsed record{*head, bytes.substr(header_size, head->body_length), {}, 0};
  record.contents = bytes.substr(header_size + record.body.size(), head->contents_length);
  record.size = record_size(head->body_length, head->contents_length);
  const auto used = header_size + record.body.size() + record.contents.size();
  const codec::crc32c sum{bytes.substr(0, covered), record.body, record.contents};
  if (sum.value() != head->checksum) return {};
  // The padding is not under the checksum; a record with anything in it was not written by encode().
  if (bytes.substr(used, record.size - used).find_first_not_of('\0') != std::string_view::npos) return {};
  return record;
}

}  // namespace commitpoint::journal::format
