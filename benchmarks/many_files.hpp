#pragma once

/// \file
/// One mutation of many files, in a process of its own: what memory it takes can then be told.

#include <string>
#include <vector>

namespace benchmarks {

/// What a worker does (children.hpp): `commit ROOT N`, `die ROOT N` (killed at the first rename) or `drain ROOT`.
/// Prints seconds, seconds of the processor, and its peak memory in megabytes.
void work_on_many_files(const std::vector<std::string>& arguments);

}  // namespace benchmarks
