#pragma once

/// \file
/// The snapshot that shares blocks until somebody writes.

#include <commitpoint/detail/io.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/snapshot/concept.hpp>
#include <commitpoint/snapshot/evidence.hpp>

#include <string>
#include <system_error>
#include <utility>

namespace commitpoint::snapshot {

/// Clones the file: a private copy that shares its blocks with the file until one of the two is written to. Protects
/// against every kind of writer, at a cost that does not grow with the file. xfs (made with reflink=1, as it is by
/// default) and btrfs can do it, and only within one file system.
///
/// The backup gets the time of the file, and is known again by its size and that time: checking it reads no content.
/// \source ioctl_ficlone(2)
struct reflink {
  using kind = commitpoint::kind::snapshot;

  template <system::System S>
  class backend {
   public:
    explicit backend(const reflink&) noexcept {}

    /// \errors unsupported where the file system cannot; EINVAL where it cannot for this very file (btrfs: one without
    /// checksums); drifted when the file was written to while it was saved. After the first two, no backup is there.
    [[nodiscard]] result<saved<typename S::handle>> save(S& system, const typename S::handle& directory,
                                                         const std::string& name, const typename S::handle& backups,
                                                         const std::string& backup, bool /*writers_replace*/) const {
      BOOST_OUTCOME_TRY(const auto from, system.open(directory, name, {}));
      BOOST_OUTCOME_TRY(const auto before, system.status(from));
      BOOST_OUTCOME_TRY(auto to, detail::write_new_file(system, backups, backup, {}, 0600));
      auto cloned = system.clone(from, to);
      if (!cloned) {
        BOOST_OUTCOME_TRYV(system.remove_file(backups, backup));
        return refusal(std::move(cloned).error());
      }
      BOOST_OUTCOME_TRYV(refuse_drift(system, from, before));
      BOOST_OUTCOME_TRYV(system.set_modified(backups, backup, before.modified));
      return saved<typename S::handle>{std::move(to), stamps_of(words::reflink, before)};
    }

    /// \errors as `is_intact`.
    [[nodiscard]] result<bool> intact(S& system, const typename S::handle& backups, const std::string& backup,
                                      const nlohmann::json& evidence) const {
      return is_intact(system, backups, backup, evidence);
    }

   private:
    [[nodiscard]] static failure refusal(failure why) {
      if (why == std::errc::invalid_argument) {
        return std::move(why).because("its blocks cannot be shared: use snapshot::adaptive or snapshot::copy");
      }
      const bool never = why == std::errc::operation_not_supported || why == std::errc::cross_device_link ||
                         why == std::errc::function_not_supported;
      if (!never) return why;
      return failure(make_error_code(errc::unsupported), {},
                     why == std::errc::cross_device_link
                         ? "it is on another file system than the state directory, so that its blocks cannot be "
                           "shared: use snapshot::adaptive or snapshot::copy"
                         : "its file system cannot share blocks between files (xfs and btrfs can): use "
                           "snapshot::adaptive or snapshot::copy");
    }
  };
};

}  // namespace commitpoint::snapshot
