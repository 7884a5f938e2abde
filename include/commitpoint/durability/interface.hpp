#pragma once

/// \file
/// What a durability policy must do.

#include <commitpoint/files/sync_set.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/system/door.hpp>

#include <cstddef>

namespace commitpoint::durability {

/// The working part of a durability policy: what success promises. A policy derives from it and can be copied, or makes
/// one by `std::unique_ptr<durability::promise> make() const`.
class promise {
 public:
  using kind = commitpoint::kind::durability;

  virtual ~promise() = default;

  /// Whether success survives a power cut: then journal records are synced.
  [[nodiscard]] virtual bool survives_power_loss() const noexcept = 0;
  /// Up to how many nodes a barrier wants the handles of.
  [[nodiscard]] virtual std::size_t few() const noexcept = 0;
  /// Whether the release of an owner leaves its last publish to the barrier of whoever comes next, or to a drain.
  [[nodiscard]] virtual bool settles_later() const noexcept { return false; }
  /// Makes everything in the set durable; true if whole file systems were synced. Never retried.
  virtual result<bool> barrier(system::door& system, const files::sync_set& set) const = 0;

 protected:
  promise() = default;
  promise(const promise&) = default;
  promise& operator=(const promise&) = default;
};

}  // namespace commitpoint::durability
