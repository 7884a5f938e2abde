#pragma once

#include <cstddef>
#include <iosfwd>

namespace benchmarks {

/// Prints, as Markdown, what a barrier over so many new files costs: each synced by itself, with and without the disk
/// being asked to begin with all of them, and the file system synced as a whole. Medians of so many rounds.
void print_barriers(std::ostream& out, std::size_t rounds);

}  // namespace benchmarks
