#pragma once

/// \file
/// Success means that it survives a power cut.

#include <commitpoint/durability/concept.hpp>
#include <commitpoint/policy.hpp>

namespace commitpoint::durability {

/// Barriers reach the disk. Few files are synced one by one; from `filesystem_sync_from` on, one `syncfs` for each
/// file system is cheaper, though it also flushes what strangers wrote there.
/// \source fsync(2), syncfs(2): `syncfs` reports write-back errors since Linux 5.8, once to each descriptor that was
/// open when they happened.
struct power_loss {
  using kind = commitpoint::kind::durability;
  /// From how many files and directories on the file system is synced as a whole.
  std::size_t filesystem_sync_from = 4;

  template <system::System S>
  class backend {
   public:
    static constexpr bool survives_power_loss = true;

    explicit backend(const power_loss& settings) noexcept
        : few_(settings.filesystem_sync_from == 0 ? 0 : settings.filesystem_sync_from - 1) {}

    [[nodiscard]] std::size_t few() const noexcept { return few_; }

    [[nodiscard]] result<bool> barrier(S& system, const detail::sync_set<S>& set) const {
      if (set.has_all_nodes()) {
        for (const auto& node : set.nodes()) {
          BOOST_OUTCOME_TRYV(system.sync(node));
        }
        return false;
      }
      for (const auto& filesystem : set.filesystems()) {
        BOOST_OUTCOME_TRYV(system.sync_filesystem(*filesystem.handle));
      }
      return true;
    }

   private:
    std::size_t few_;
  };
};

}  // namespace commitpoint::durability
