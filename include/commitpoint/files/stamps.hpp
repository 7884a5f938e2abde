#pragma once

/// \file
/// How far the times that a file system keeps can be believed: two changes may get the same one.

#include <cstdint>
#include <initializer_list>

namespace commitpoint::files {

/// Two changes that are less than this apart may get the same stamp from a file system's clock, which ticks every few
/// milliseconds. In nanoseconds.
inline constexpr std::int64_t clock_tick = 20'000'000;

/// The coarsest steps, in nanoseconds, in which the file system can be counting that gave a file this stamp. One that
/// keeps seconds (ext3, ext4 with small inodes, HFS+), two of them (FAT) or hundredths gives nothing but multiples; of
/// one that keeps nanoseconds such a stamp is rare, and costs a look at the content.
[[nodiscard]] constexpr std::int64_t granularity_of(std::int64_t stamp) noexcept {
  for (const std::int64_t step : {2'000'000'000, 1'000'000'000, 100'000'000, 10'000'000}) {
    if (stamp % step == 0) return step;
  }
  return 1;
}

/// Whether something that is changed at `now`, or later, may get this stamp: then it tells neither from the other. One
/// of a clock that was ahead may come again as well.
[[nodiscard]] constexpr bool may_come_again(std::int64_t stamp, std::int64_t now) noexcept {
  return stamp > now - granularity_of(stamp);
}

/// The same for a clock that was read, and of which the file system's may be some ticks behind.
[[nodiscard]] constexpr bool is_recent(std::int64_t stamp, std::int64_t now) noexcept {
  return may_come_again(stamp, now - clock_tick);
}

}  // namespace commitpoint::files
