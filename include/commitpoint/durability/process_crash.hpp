#pragma once

/// \file
/// Success means that it survives the end of the process.

#include <commitpoint/durability/interface.hpp>

namespace commitpoint::durability {

/// No barriers: what was written is in the page cache, which outlives the process but not a power cut. After a power
/// cut nothing is promised, except that a drain which finds a pending mutation notices the cut and asks for repair.
class process_crash : public promise {
 public:
  [[nodiscard]] bool survives_power_loss() const noexcept override { return false; }
  [[nodiscard]] std::size_t few() const noexcept override { return 0; }
  result<bool> barrier(system::door&, const files::sync_set&) const override { return true; }
};

}  // namespace commitpoint::durability
