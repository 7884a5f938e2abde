#pragma once

/// \file
/// What to do about failures of the system that say nothing of it themselves.

#include <commitpoint/failure.hpp>

#include <system_error>
#include <utility>

namespace commitpoint::detail {

[[nodiscard]] inline failure advised(failure why) {
  if (why == std::errc::too_many_files_open) {
    return std::move(why).because(
        "this process has as many files open as it may: raise the limit (ulimit -n), or do less at a time");
  }
  if (why == std::errc::too_many_files_open_in_system) {
    return std::move(why).because("all processes together have too many files open (fs.file-max)");
  }
  return why;
}

}  // namespace commitpoint::detail
