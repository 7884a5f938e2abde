#pragma once

/// \file
/// The cheapest snapshot that a file's system and writers allow. The default.

#include <commitpoint/policy.hpp>
#include <commitpoint/snapshot/concept.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/evidence.hpp>
#include <commitpoint/snapshot/hardlink.hpp>
#include <commitpoint/snapshot/reflink.hpp>

#include <algorithm>
#include <cstdint>
#include <mutex>
#include <string>
#include <system_error>
#include <vector>

namespace commitpoint::snapshot {

/// A clone where the file system can, as `reflink`. Elsewhere a link, as `hardlink`, but only where the touch says that
/// the writers replace (`touch::replaced_tree`); a copy otherwise. A file system that cannot clone is asked once.
struct adaptive {
  using kind = commitpoint::kind::snapshot;

  template <system::System S>
  class backend {
   public:
    explicit backend(const adaptive&) noexcept {}

    /// \errors drifted when the file was written to while it was saved.
    [[nodiscard]] result<saved<typename S::handle>> save(S& system, const typename S::handle& directory,
                                                         const std::string& name, const typename S::handle& backups,
                                                         const std::string& backup, bool writers_replace) {
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
    [[nodiscard]] result<bool> intact(S& system, const typename S::handle& backups, const std::string& backup,
                                      const nlohmann::json& evidence) const {
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

    reflink::backend<S> reflink_{reflink{}};
    hardlink::backend<S> hardlink_{hardlink{}};
    copy::backend<S> copy_{copy{}};
    mutable std::mutex mutex_;
    std::vector<std::uint64_t> refusing_;  // devices of file systems that cannot clone
  };
};

}  // namespace commitpoint::snapshot
