#pragma once

/// \file
/// Checksums of the blocks of a file that will be written over. By them a drain knows a file that was half written from
/// one that somebody has edited: in the first each block is old, new, or was never written.

#include <commitpoint/codec/cbor.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::files {

/// The smallest unit in which disks write, so that of a file that was written over each is old or new.
inline constexpr std::uint64_t sum_block = 512;

/// The end of the block that holds the byte before `size`.
[[nodiscard]] constexpr std::uint64_t end_of_block(std::uint64_t size) noexcept {
  return (size + sum_block - 1) / sum_block * sum_block;
}

/// What is known of the old content.
struct block_sums {
  std::uint64_t size = 0;
  std::string sums;        ///< the CRC32C of each block, four bytes each, least significant first
  std::uint32_t edge = 0;  ///< of the block in which the new version ends, up to that end

  [[nodiscard]] std::size_t blocks() const noexcept { return sums.size() / 4; }
  [[nodiscard]] std::uint32_t of(std::size_t block) const noexcept {
    std::uint32_t sum = 0;
    for (unsigned i = 0; i < 4; ++i) {
      sum |= static_cast<std::uint32_t>(static_cast<unsigned char>(sums[block * 4 + i])) << (8 * i);
    }
    return sum;
  }
};

[[nodiscard]] inline std::uint32_t sum_of(std::string_view bytes) {
  codec::crc32c sum;
  sum.add(bytes);
  return sum.value();
}

/// Reads a file of which `new_size` bytes will be left.
[[nodiscard]] inline result<block_sums> read_sums(system::door& system, const system::handle& file, std::uint64_t size,
                                                  std::uint64_t new_size) {
  block_sums old{.size = size, .sums = {}, .edge = 0};
  const auto note = [&](std::uint64_t at, std::string_view block, std::uint32_t sum) {
    for (unsigned i = 0; i < 4; ++i) old.sums += static_cast<char>((sum >> (8 * i)) & 0xffU);
    if (at < new_size && new_size < at + block.size()) old.edge = sum_of(block.substr(0, new_size - at));
  };
  const std::string zeros(sum_block, '\0');
  const auto sum_of_zeros = sum_of(zeros);
  hole_finder holes(system, file);
  for (std::uint64_t at = 0; at < size;) {
    if (size > worth_looking_for_holes) {
      BOOST_OUTCOME_TRY(const auto hole, holes.length_at(at));
      const auto whole_blocks = std::min(hole, size - at) / sum_block;
      for (std::uint64_t i = 0; i < whole_blocks; ++i) note(at + i * sum_block, zeros, sum_of_zeros);
      at += whole_blocks * sum_block;
      if (whole_blocks > 0) continue;
    }
    const auto want = std::min<std::uint64_t>(stream_block, size - at);
    BOOST_OUTCOME_TRY(const auto bytes, read_range(system, file, at, want));
    if (bytes.size() != want) return failure(make_error_code(errc::drifted)).because("it became shorter");
    for (std::size_t in = 0; in < bytes.size(); in += sum_block) {
      const auto block = std::string_view(bytes).substr(in, sum_block);
      note(at + in, block, sum_of(block));
    }
    at += want;
  }
  return old;
}

/// As it is written to staging.
[[nodiscard]] inline std::string encode_sums(const block_sums& s) {
  std::string encoded;
  codec::cbor_map map(encoded);
  map.member("block").number(sum_block);
  map.member("crc32c").bytes(s.sums);
  map.member("edge").number(s.edge);
  map.member("size").number(s.size);
  return encoded;
}

/// From what a file in staging says; nothing if it makes no sense.
[[nodiscard]] inline std::optional<block_sums> sums_from(std::string_view encoded) {
  const auto map = codec::cbor_view::whole(encoded);
  const auto sums = map ? map->find("crc32c") : std::nullopt;
  if (!sums || !sums->bytes()) return std::nullopt;
  const auto number = [&](std::string_view name) {
    const auto found = map->find(name);
    return found ? found->number().value_or(0) : 0;
  };
  block_sums old{
      .size = number("size"), .sums = std::string(*sums->bytes()), .edge = static_cast<std::uint32_t>(number("edge"))};
  // Not the other way round, where a size that makes no sense could overflow.
  const auto whole = old.sums.size() / 4 * sum_block;
  const bool fits =
      number("block") == sum_block && old.sums.size() % 4 == 0 && old.size <= whole && whole - old.size < sum_block;
  if (!fits) return std::nullopt;
  return old;
}

/// What stands in a live file that was to be written over.
enum class live_content : std::uint8_t {
  whole,      ///< the new version
  torn,       ///< each block is of the old version, of the new one, or zeros from some byte on
  unwritten,  ///< the same, with something else where the old version had no block: old garbage of the disk, or an edit
  foreign,    ///< something else is in it
};

/// Compares block by block.
class content_check {
 public:
  /// `wanted` is the new version; without `old` nothing is known of the old one.
  content_check(system::door& system, const system::handle& wanted, std::uint64_t wanted_size,
                std::optional<block_sums> old)
      : system_(system), wanted_(wanted), wanted_size_(wanted_size), old_(std::move(old)) {}

  [[nodiscard]] result<live_content> look_at(const system::handle& live, std::uint64_t size) {
    const auto old_size = old_ ? old_->size : wanted_size_;
    bool whole = size == wanted_size_;
    bool unwritten = false;
    // Shorter than both, or longer: neither we nor a power cut left it so.
    if (size < std::min(old_size, wanted_size_) || size > std::max(old_size, wanted_size_))
      return live_content::foreign;
    hole_finder live_holes(system_, live);
    hole_finder wanted_holes(system_, wanted_);
    for (std::uint64_t at = 0; at < size;) {
      if (size > worth_looking_for_holes) {
        BOOST_OUTCOME_TRY(const auto live_hole, live_holes.length_at(at));
        BOOST_OUTCOME_TRY(const auto wanted_hole, wanted_holes.length_at(at));
        const auto both = std::min({live_hole, wanted_hole, size - at}) / sum_block * sum_block;
        at += both;
        if (both > 0) continue;
      }
      const auto want = std::min<std::uint64_t>(stream_block, size - at);
      BOOST_OUTCOME_TRY(const auto found, read_range(system_, live, at, want));
      BOOST_OUTCOME_TRY(const auto wanted, read_range(system_, wanted_, at, want));
      if (found.size() != want) return live_content::foreign;
      for (std::size_t in = 0; in < found.size(); in += sum_block) {
        const auto block = std::string_view(found).substr(in, sum_block);
        const auto fresh = std::string_view(wanted).substr(std::min(in, wanted.size()), sum_block);
        const auto rest = behind_common(block, fresh);
        if (rest.empty()) continue;
        whole = false;
        if (is_zero(rest) || is_old(block, at + in)) continue;
        if (!old_ || at + in < old_->size) return live_content::foreign;
        unwritten = true;
      }
      at += want;
    }
    if (unwritten) return live_content::unwritten;
    return whole ? live_content::whole : live_content::torn;
  }

 private:
  [[nodiscard]] static bool is_zero(std::string_view bytes) {
    return bytes.find_first_not_of('\0') == std::string_view::npos;
  }
  // What of a block is not as in the new version. Zeros there are behind the end of that, until the file is cut off; or
  // behind where the file ended when the power was cut, until the block is written again.
  [[nodiscard]] static std::string_view behind_common(std::string_view block, std::string_view fresh) {
    const auto differs = std::ranges::mismatch(block, fresh).in1;
    return block.substr(static_cast<std::size_t>(differs - block.begin()));
  }
  [[nodiscard]] bool is_old(std::string_view block, std::uint64_t at) const {
    if (!old_ || at >= old_->size) return false;
    const auto length = std::min(sum_block, old_->size - at);
    // Cut off where the new version ends, or grown with zeros behind its own end.
    if (block.size() < length) return at + block.size() == wanted_size_ && sum_of(block) == old_->edge;
    return sum_of(block.substr(0, length)) == old_->of(static_cast<std::size_t>(at / sum_block)) &&
           is_zero(block.substr(length));
  }

  system::door& system_;
  const system::handle& wanted_;
  std::uint64_t wanted_size_;
  std::optional<block_sums> old_;
};

}  // namespace commitpoint::files
