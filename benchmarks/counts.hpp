#pragma once

/// \file
/// What one add asks of the operating system: figures that no other load on the machine can change.

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <vector>

namespace benchmarks {

/// Counts one add of each kind, the second of its owner: calls, in all and by kind, syncs, and bytes. Those that a tree
/// could make dearer are counted in each of these sizes too. Of an add in place they are commitpoint's own calls, not
/// those of the body.
[[nodiscard]] nlohmann::json counts_of_adds(const std::vector<std::size_t>& sizes);

}  // namespace benchmarks
