#pragma once

/// \file
/// Success means that it survives the end of the process.

#include <commitpoint/durability/concept.hpp>
#include <commitpoint/policy.hpp>

namespace commitpoint::durability {

/// No barriers: what was written is in the page cache, which outlives the process but not a power cut. After a power
/// cut nothing is promised, except that a drain which finds a pending mutation notices the cut and asks for repair.
struct process_crash {
  using kind = commitpoint::kind::durability;

  template <system::System S>
  class backend {
   public:
    static constexpr bool survives_power_loss = false;

    explicit backend(const process_crash&) noexcept {}

    [[nodiscard]] std::size_t few() const noexcept { return 0; }
    [[nodiscard]] result<bool> barrier(S&, const detail::sync_set<S>&) const { return true; }
  };
};

}  // namespace commitpoint::durability
