#pragma once

/// \file
/// Whole reads, whole writes and copies over a system that may move fewer bytes than asked.

#include <commitpoint/detail/crc32c.hpp>
#include <commitpoint/system/concept.hpp>

#include <cerrno>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::detail {

/// Bytes moved at a time when content is streamed, so that memory does not depend on the size of files.
inline constexpr std::size_t stream_block = std::size_t{256} * 1024;

/// Writes all bytes at an offset, however many calls it takes.
template <system::System S>
[[nodiscard]] result<void> write_all(S& system, const typename S::handle& file, std::uint64_t offset,
                                     std::string_view bytes) {
  while (!bytes.empty()) {
    BOOST_OUTCOME_TRY(const auto moved, system.write(file, offset, std::span<const char>(bytes)));
    if (moved == 0) return failure(system_error(EIO));
    offset += moved;
    bytes.remove_prefix(moved);
  }
  return success();
}

/// Reads `[offset, offset + size)`, or as much of it as the file has.
template <system::System S>
[[nodiscard]] result<std::string> read_range(S& system, const typename S::handle& file, std::uint64_t offset,
                                             std::uint64_t size) {
  std::string bytes;
  while (bytes.size() < size) {
    // Grown in steps: a size that a journal claims is not believed before the bytes are there.
    const auto before = bytes.size();
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(size - before, stream_block));
    bytes.resize(before + want);
    BOOST_OUTCOME_TRY(const auto moved, system.read(file, offset + before, std::span<char>(bytes).subspan(before)));
    bytes.resize(before + moved);
    if (moved == 0) break;
  }
  return bytes;
}

/// The whole of a file; EFBIG if it is larger than `limit`.
template <system::System S>
[[nodiscard]] result<std::string> read_whole(S& system, const typename S::handle& file, std::uint64_t limit) {
  BOOST_OUTCOME_TRY(auto bytes, read_range(system, file, 0, limit == std::numeric_limits<std::uint64_t>::max() ? limit : limit + 1));
  if (bytes.size() > limit) return failure(system_error(EFBIG));
  return bytes;
}

/// A new file with this content.
template <system::System S>
[[nodiscard]] result<typename S::handle> write_new_file(S& system, const typename S::handle& directory,
                                                        const std::string& name, std::string_view bytes,
                                                        std::uint32_t mode) {
  BOOST_OUTCOME_TRY(auto file, system.open(directory, name,
                                           {.access = system::open_how::access_mode::read_write,
                                            .create_exclusive = true,
                                            .mode = mode}));
  BOOST_OUTCOME_TRYV(write_all(system, file, 0, bytes));
  return file;
}

/// Whether two files begin with the same `size` bytes.
template <system::System S>
[[nodiscard]] result<bool> same_beginning(S& system, const typename S::handle& one, const typename S::handle& other,
                                          std::uint64_t size) {
  for (std::uint64_t offset = 0; offset < size; offset += stream_block) {
    const auto want = std::min<std::uint64_t>(stream_block, size - offset);
    BOOST_OUTCOME_TRY(const auto mine, read_range(system, one, offset, want));
    BOOST_OUTCOME_TRY(const auto theirs, read_range(system, other, offset, want));
    if (mine.size() != want || mine != theirs) return false;
  }
  return true;
}

/// The checksum of a file's content, its size folded in: holes and zeros are the same.
template <system::System S>
[[nodiscard]] result<std::uint32_t> checksum(S& system, const typename S::handle& file, std::uint64_t size) {
  crc32c sum;
  std::vector<char> block(stream_block);
  for (std::uint64_t offset = 0; offset < size;) {
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(size - offset, block.size()));
    BOOST_OUTCOME_TRY(const auto moved, system.read(file, offset, std::span<char>(block).first(want)));
    if (moved == 0) return failure(system_error(EIO)).because("the file is shorter than its size says");
    sum.add(std::string_view(block.data(), moved));
    offset += moved;
  }
  return sum.value();
}

/// Copies the content of `from` to the empty file `to`, in blocks; holes stay holes.
template <system::System S>
[[nodiscard]] result<void> copy_content(S& system, const typename S::handle& from, const typename S::handle& to) {
  BOOST_OUTCOME_TRY(const auto status, system.status(from));
  std::vector<char> block(stream_block);
  std::uint64_t offset = 0;
  while (true) {
    BOOST_OUTCOME_TRY(const auto data, system.next_data(from, offset));
    if (!data) break;
    for (offset = data->begin; offset < data->end;) {
      const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(data->end - offset, block.size()));
      BOOST_OUTCOME_TRY(const auto moved, system.read(from, offset, std::span<char>(block).first(want)));
      if (moved == 0) break;  // it became shorter meanwhile; the caller compares states
      BOOST_OUTCOME_TRYV(write_all(system, to, offset, std::string_view(block.data(), moved)));
      offset += moved;
    }
    if (offset < data->end) break;
  }
  return system.truncate(to, status.size);
}

}  // namespace commitpoint::detail
