#pragma once

/// \file
/// Where the run takes place.

#include <string>

namespace benchmarks {

/// A private directory in $COMMITPOINT_BENCH_DIR, or in the current directory; removed at the end of the program.
[[nodiscard]] const std::string& place_of_run();

/// What file system it is on, and whether renames reach its disk in order, which decides how files are published.
[[nodiscard]] std::string file_system_of_run();

}  // namespace benchmarks
