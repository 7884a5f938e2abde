#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/durability/power_loss.hpp>

namespace commitpoint::durability {

/// The working part of `power_loss`.
class synced final : public promise {
 public:
  explicit synced(const power_loss& settings) noexcept
      : few_(settings.filesystem_sync_from == 0 ? 0 : settings.filesystem_sync_from - 1),
        settles_later_(settings.settles == settle::later) {}

  [[nodiscard]] bool survives_power_loss() const noexcept override { return true; }
  [[nodiscard]] std::size_t few() const noexcept override { return few_; }
  [[nodiscard]] bool settles_later() const noexcept override { return settles_later_; }

  result<bool> barrier(system::door& system, const files::sync_set& set) const override {
    if (set.has_all_nodes()) {
      BOOST_OUTCOME_TRYV(sync_each(system, set));
      return false;
    }
    for (const auto& filesystem : set.filesystems()) {
      BOOST_OUTCOME_TRYV(system.sync_filesystem(*filesystem.handle));
    }
    return true;
  }

 private:
  // All are being written while the first is waited for.
  static result<void> sync_each(system::door& system, const files::sync_set& set) {
    if (set.nodes().size() > 1) {
      for (const auto& node : set.nodes()) system.start_writeback(node);
    }
    for (const auto& node : set.nodes()) {
      BOOST_OUTCOME_TRYV(system.sync(node));
    }
    return success();
  }

  std::size_t few_;
  bool settles_later_;
};

COMMITPOINT_INLINE std::unique_ptr<promise> power_loss::make() const { return std::make_unique<synced>(*this); }

}  // namespace commitpoint::durability
