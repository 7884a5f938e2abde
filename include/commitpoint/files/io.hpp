#pragma once

/// \file
/// Whole reads, whole writes and copies over a system that may move fewer bytes than asked.

#include <commitpoint/codec/crc32c.hpp>
#include <commitpoint/files/stamps.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace commitpoint::files {

/// Bytes moved at a time when content is streamed, so that memory does not depend on the size of files.
inline constexpr std::size_t stream_block = std::size_t{256} * 1024;

/// Writes all bytes at an offset, however many calls it takes.
[[nodiscard]] inline result<void> write_all(system::door& system, const system::handle& file, std::uint64_t offset,
                                            std::string_view bytes) {
  while (!bytes.empty()) {
    BOOST_OUTCOME_TRY(const auto moved, system.write(file, offset, std::span<const char>(bytes)));
    if (moved == 0) return failure(system_error(EIO)).because("the system wrote nothing, and did not say why");
    offset += moved;
    bytes.remove_prefix(moved);
  }
  return success();
}

/// What stands for an exception where bytes do not fit in memory; `size` is that of the file, if it is known.
[[nodiscard]] inline failure too_large_for_memory(std::uint64_t size) {
  failure why = system_error(ENOMEM);
  try {
    return std::move(why).because((size == 0 ? "it does" : "its " + std::to_string(size) + " bytes do") +
                                  std::string(" not fit in memory: read it in parts, or free memory"));
  } catch (const std::bad_alloc&) {
    return system_error(ENOMEM);
  }
}

/// Reads `[offset, offset + size)`, or as much of it as the file has.
/// \errors ENOMEM where it does not fit in memory.
[[nodiscard]] inline result<std::string> read_range(system::door& system, const system::handle& file,
                                                    std::uint64_t offset, std::uint64_t size) {
  try {
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
  } catch (const std::bad_alloc&) {
    return too_large_for_memory(size);
  }
}

/// The whole of a file; EFBIG if it is larger than `limit`, ENOMEM where it does not fit in memory. Begun in small
/// steps: most files that are read whole are small, and a large buffer costs more than reading them does.
[[nodiscard]] inline result<std::string> read_whole(system::door& system, const system::handle& file,
                                                    std::uint64_t limit) {
  const auto most = limit == std::numeric_limits<std::uint64_t>::max() ? limit : limit + 1;
  std::uint64_t size = 0;
  try {
    std::string bytes;
    for (std::uint64_t step = 16384; bytes.size() < most; step = std::min<std::uint64_t>(4 * step, stream_block)) {
      const auto want = std::min<std::uint64_t>(step, most - bytes.size());
      BOOST_OUTCOME_TRY(const auto part, read_range(system, file, bytes.size(), want));
      const bool is_last = part.size() < want;
      if (step == stream_block && size == 0) {
        // It is large: no more memory than it has bytes.
        BOOST_OUTCOME_TRY(const auto status, system.status(file));
        size = status.size;
        bytes.reserve(static_cast<std::size_t>(std::min(std::max<std::uint64_t>(size, bytes.size()), most)));
      }
      bytes.append(part);
      if (is_last) break;
    }
    if (bytes.size() > limit) {
      return failure(system_error(EFBIG)).because("it has more than " + std::to_string(limit) + " bytes");
    }
    return bytes;
  } catch (const std::bad_alloc&) {
    return too_large_for_memory(size);
  }
}

/// Finds holes in a file, so that their zeros need not be read.
class hole_finder {
 public:
  hole_finder(system::door& system, const system::handle& file) : system_(system), file_(file) {}

  /// How many bytes from an offset on are a hole; 0 where there is data, and at the end of the file.
  [[nodiscard]] result<std::uint64_t> length_at(std::uint64_t offset) {
    if (offset < asked_ || offset >= data_.end) {
      BOOST_OUTCOME_TRY(const auto next, system_.next_data(file_, offset));
      if (next) {
        data_ = *next;
      } else {
        BOOST_OUTCOME_TRY(const auto status, system_.status(file_));
        data_ = {status.size, std::numeric_limits<std::uint64_t>::max()};
      }
      asked_ = offset;
    }
    return offset < data_.begin ? data_.begin - offset : 0;
  }

 private:
  system::door& system_;
  const system::handle& file_;
  std::uint64_t asked_ = 0;
  system::extent data_{};  // the first at or behind `asked_`; it begins at the end of the file where there is none
};

/// Files that are not larger than this are read with their holes: to look for them would cost more.
inline constexpr std::uint64_t worth_looking_for_holes = stream_block;

/// A new file with this content.
[[nodiscard]] inline result<system::handle> write_new_file(system::door& system, const system::handle& directory,
                                                           const std::string& name, std::string_view bytes,
                                                           std::uint32_t mode) {
  BOOST_OUTCOME_TRY(
      auto file,
      system.open(directory, name,
                  {.access = system::open_how::access_mode::read_write, .create_exclusive = true, .mode = mode}));
  BOOST_OUTCOME_TRYV(write_all(system, file, 0, bytes));
  return file;
}

/// Writes a file so that nobody sees half of it: under a temporary name, synced, renamed, and its directory synced.
/// What is there already is replaced, or kept; then the new one is removed again.
[[nodiscard]] inline result<void> write_aside(system::door& system, const system::handle& directory,
                                              const std::string& name, const std::string& temporary,
                                              std::string_view bytes, system::rename_how how) {
  BOOST_OUTCOME_TRY(const auto file, write_new_file(system, directory, temporary, bytes, 0600));
  BOOST_OUTCOME_TRYV(system.sync(file));
  auto renamed = system.rename(directory, temporary, directory, name, how);
  if (!renamed && how == system::rename_how::keep) {
    BOOST_OUTCOME_TRYV(system.remove_file(directory, temporary));
    if (renamed.error() == std::errc::file_exists) renamed = success();
  }
  BOOST_OUTCOME_TRYV(std::move(renamed));
  return system.sync(directory);
}

/// Whether two files have the same `size` bytes, each from an offset of its own. Where both have holes nothing is read.
[[nodiscard]] inline result<bool> same_range(system::door& system, const system::handle& one, std::uint64_t one_offset,
                                             const system::handle& other, std::uint64_t other_offset,
                                             std::uint64_t size) {
  hole_finder my_holes(system, one);
  hole_finder their_holes(system, other);
  for (std::uint64_t at = 0; at < size;) {
    if (size > worth_looking_for_holes) {
      BOOST_OUTCOME_TRY(const auto my_hole, my_holes.length_at(one_offset + at));
      BOOST_OUTCOME_TRY(const auto their_hole, their_holes.length_at(other_offset + at));
      const auto both = std::min({my_hole, their_hole, size - at});
      at += both;
      if (both > 0) continue;
    }
    const auto want = std::min<std::uint64_t>(stream_block, size - at);
    BOOST_OUTCOME_TRY(const auto mine, read_range(system, one, one_offset + at, want));
    BOOST_OUTCOME_TRY(const auto theirs, read_range(system, other, other_offset + at, want));
    if (mine.size() != want || mine != theirs) return false;
    at += want;
  }
  return true;
}

/// Whether two files begin with the same `size` bytes.
[[nodiscard]] inline result<bool> same_beginning(system::door& system, const system::handle& one,
                                                 const system::handle& other, std::uint64_t size) {
  return same_range(system, one, 0, other, 0, size);
}

/// The checksum of a file's content, its size folded in: holes and zeros are the same, but holes are not read.
[[nodiscard]] inline result<std::uint32_t> checksum(system::door& system, const system::handle& file,
                                                    std::uint64_t size) {
  codec::crc32c sum;
  hole_finder holes(system, file);
  std::vector<char> block(static_cast<std::size_t>(std::min<std::uint64_t>(size, stream_block)));
  for (std::uint64_t offset = 0; offset < size;) {
    if (size > worth_looking_for_holes) {
      BOOST_OUTCOME_TRY(const auto hole, holes.length_at(offset));
      const auto zeros = std::min(hole, size - offset);
      sum.add_zeros(zeros);
      offset += zeros;
      if (zeros > 0) continue;
    }
    const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(size - offset, block.size()));
    BOOST_OUTCOME_TRY(const auto moved, system.read(file, offset, std::span<char>(block).first(want)));
    if (moved == 0) return failure(system_error(EIO)).because("the file is shorter than its size says");
    sum.add(std::string_view(block.data(), moved));
    offset += moved;
  }
  return sum.value();
}

/// Copies at most `length` bytes at an offset, and gives how many; 0 at the end of `from`. The kernel does it, until it
/// first refuses to: `in_kernel` is false from then on.
[[nodiscard]] inline result<std::size_t> copy_some(system::door& system, const system::handle& from,
                                                   const system::handle& to, std::uint64_t offset, std::uint64_t length,
                                                   bool& in_kernel) {
  constexpr std::uint64_t one_call = std::uint64_t{1} << 30U;
  if (in_kernel) {
    auto copied = system.copy_range(from, offset, to, offset, static_cast<std::size_t>(std::min(length, one_call)));
    if (copied && copied.value() > 0) return copied;
    const bool refused =
        copied ||  // some file systems copy nothing instead of saying that they cannot
        copied.error() == std::errc::cross_device_link || copied.error() == std::errc::invalid_argument ||
        copied.error() == std::errc::operation_not_supported || copied.error() == std::errc::function_not_supported;
    if (!refused) return copied;
    in_kernel = false;
  }
  BOOST_OUTCOME_TRY(const auto block, read_range(system, from, offset, std::min<std::uint64_t>(length, stream_block)));
  BOOST_OUTCOME_TRYV(write_all(system, to, offset, block));
  return block.size();
}

/// Copies the content of `from` to the empty file `to`; holes stay holes.
/// \source copy_file_range(2), which fills holes as it likes, so that it is given only what is between them.
[[nodiscard]] inline result<void> copy_content(system::door& system, const system::handle& from,
                                               const system::handle& to) {
  BOOST_OUTCOME_TRY(const auto status, system.status(from));
  bool in_kernel = true;
  std::uint64_t offset = 0;
  while (true) {
    BOOST_OUTCOME_TRY(const auto data, system.next_data(from, offset));
    if (!data) break;
    for (offset = data->begin; offset < data->end;) {
      BOOST_OUTCOME_TRY(const auto copied, copy_some(system, from, to, offset, data->end - offset, in_kernel));
      if (copied == 0) break;  // it became shorter meanwhile; the caller compares states
      offset += copied;
    }
    if (offset < data->end) break;
  }
  return system.truncate(to, status.size);
}

}  // namespace commitpoint::files
