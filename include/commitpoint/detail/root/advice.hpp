#pragma once

/// \file
/// What to do about failures of the system that say nothing of it themselves.

#include <commitpoint/failure.hpp>

#include <string_view>
#include <system_error>
#include <utility>

namespace commitpoint::detail {

inline constexpr std::string_view fewer_open_files =
    "this process has as many files open as it may: raise the limit (ulimit -n), or do less at a time";

[[nodiscard]] inline failure advised(failure why) {
  if (why == std::errc::too_many_files_open) return std::move(why).advising(fewer_open_files);
  if (why == std::errc::too_many_files_open_in_system) {
    return std::move(why).advising("all processes together have too many files open (fs.file-max)");
  }
  return why;
}

}  // namespace commitpoint::detail
