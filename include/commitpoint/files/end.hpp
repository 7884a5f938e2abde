#pragma once

/// \file
/// What stands at the end of a file that grows: enough to know again whether what was there still is.

#include <commitpoint/codec/crc32c.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <cstdint>

namespace commitpoint::files {

/// What stood at the end of a file: enough to know again whether what precedes an appended part is what was there.
struct file_end {
  std::uint64_t offset = 0;  ///< where the appended part begins
  std::uint64_t window = 0;  ///< how many bytes before it the checksum covers
  std::uint32_t sum = 0;     ///< their CRC32C
};

/// The largest `file_end::window`, so that appending costs what is appended.
inline constexpr std::uint64_t largest_window = 4096;

/// What stands at the end of a file that will be appended to.
[[nodiscard]] inline result<file_end> read_end(system::door& system, const system::handle& file) {
  BOOST_OUTCOME_TRY(const auto status, system.status(file));
  file_end end{status.size, std::min(status.size, largest_window), 0};
  BOOST_OUTCOME_TRY(const auto bytes, read_range(system, file, end.offset - end.window, end.window));
  end.sum = codec::crc32c{bytes}.value();
  return end;
}

/// Whether a file still has, before `end.offset`, what it had.
[[nodiscard]] inline result<bool> has_end(system::door& system, const system::handle& file, const file_end& end) {
  BOOST_OUTCOME_TRY(const auto bytes, read_range(system, file, end.offset - end.window, end.window));
  return bytes.size() == end.window && codec::crc32c{bytes}.value() == end.sum;
}

}  // namespace commitpoint::files
