#pragma once

/// \file
/// What one add asks of the operating system: figures that no other load on the machine can change.

#include <iosfwd>

namespace benchmarks {

/// Counts one add of each kind in the empty tree, the second of its owner, and prints two tables: totals, and calls by
/// kind. Of an add in place they hold commitpoint's own calls, not those of the body.
void print_counts(std::ostream& out);

}  // namespace benchmarks
