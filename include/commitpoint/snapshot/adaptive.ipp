#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/snapshot/adaptive.hpp>
#include <commitpoint/snapshot/copy.ipp>
#include <commitpoint/snapshot/evidence.hpp>
#include <commitpoint/snapshot/hardlink.ipp>
#include <commitpoint/snapshot/reflink.ipp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <vector>

namespace commitpoint::snapshot {

/// The working part of `adaptive`.
class adaptive_strategy final : public strategy {
 public:
  /// \errors drifted when the file was written to while it was saved.
  result<saved> save(system::door& system, const system::handle& directory, const std::string& name,
                     const system::handle& backups, const std::string& backup, bool writers_replace) override {
    BOOST_OUTCOME_TRY(const auto status, system.status(directory, name));
    if (!is_known_to_refuse(status.device)) {
      auto cloned = reflink_.save(system, directory, name, backups, backup, writers_replace);
      const bool cannot_here = !cloned && cloned.error() == errc::unsupported;
      const bool cannot_this_one = !cloned && cloned.error() == std::errc::invalid_argument;
      if (!cannot_here && !cannot_this_one) return cloned;
      if (cannot_here) remember_refusal(status.device);
    }
    return writers_replace ? hardlink_.save(system, directory, name, backups, backup, writers_replace)
                           : copy_.save(system, directory, name, backups, backup, writers_replace);
  }

  /// \errors as `is_intact`.
  result<bool> intact(system::door& system, const system::handle& backups, const std::string& backup,
                      const snapshot::evidence& evidence) override {
    return is_intact(system, backups, backup, evidence);
  }

 private:
  [[nodiscard]] bool is_known_to_refuse(std::uint64_t device) const {
    const std::scoped_lock guard(mutex_);
    return std::ranges::find(refusing_, device) != refusing_.end();
  }
  void remember_refusal(std::uint64_t device) {
    const std::scoped_lock guard(mutex_);
    refusing_.push_back(device);
  }

  reflink reflink_;
  hardlink hardlink_;
  copy copy_;
  mutable std::mutex mutex_;
  std::vector<std::uint64_t> refusing_;  // devices of file systems that cannot clone
};

COMMITPOINT_INLINE std::unique_ptr<strategy> adaptive::make() const { return std::make_unique<adaptive_strategy>(); }

}  // namespace commitpoint::snapshot
