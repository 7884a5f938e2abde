#pragma once

/// \file
/// The snapshot that costs a name.

#include <commitpoint/policy.hpp>
#include <commitpoint/snapshot/concept.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/evidence.hpp>

#include <cstdint>
#include <string>
#include <system_error>
#include <utility>

namespace commitpoint::snapshot {

/// Gives the file a second name instead of copying it. That protects it only from writers that *replace* it (write
/// aside, then rename); one that writes into the file itself is found out by the file's size and modification time, and
/// then what the file held is lost: the rollback is dirty, or the drain blocks. A changed mode, owner or attribute is
/// undone, though the backup shares it, because metadata is restored from the journal.
///
/// What could not be watched is copied: a file that was written to so recently that the next write may leave it the
/// same time, one that has other names through which it may be written to, and all where there are no hard links.
///
/// Not found out is a writer that hides its modification time; after a power cut, one whose bytes reached the disk
/// before the file's time did; and one that had the file mapped and written to before it was saved, until msync(2).
struct hardlink {
  using kind = commitpoint::kind::snapshot;

  template <system::System S>
  class backend {
   public:
    explicit backend(const hardlink&) noexcept {}

    /// \errors drifted when the file was written to or replaced while it was saved.
    [[nodiscard]] result<saved<typename S::handle>> save(S& system, const typename S::handle& directory,
                                                         const std::string& name, const typename S::handle& backups,
                                                         const std::string& backup, bool writers_replace) const {
      BOOST_OUTCOME_TRY(auto file, system.open(directory, name, {}));
      BOOST_OUTCOME_TRY(const auto before, system.status(file));
      if (before.links == 1 && before.modified <= system.now() - detail::clock_tick) {
        auto linked = system.link(directory, name, backups, backup);
        if (linked) return linked_as(system, std::move(file), before, backups, backup);
        if (!cannot_link(linked.error())) return std::move(linked).error();
      }
      return copy::backend<S>(copy{}).save(system, directory, name, backups, backup, writers_replace);
    }

    /// \errors as `is_intact`.
    [[nodiscard]] result<bool> intact(S& system, const typename S::handle& backups, const std::string& backup,
                                      const nlohmann::json& evidence) const {
      return is_intact(system, backups, backup, evidence);
    }

   private:
    // The file system has no links or no more of them, the target is on another one, or the kernel does not let a
    // stranger link to this file. \source link(2), proc(5) under protected_hardlinks
    [[nodiscard]] static bool cannot_link(const failure& f) {
      return f == std::errc::cross_device_link || f == std::errc::too_many_links ||
             f == std::errc::operation_not_permitted || f == std::errc::operation_not_supported;
    }

    // The name may have been given to another file between the open and the link.
    result<saved<typename S::handle>> linked_as(S& system, typename S::handle file, const system::file_status& before,
                                                const typename S::handle& backups, const std::string& backup) const {
      BOOST_OUTCOME_TRY(const auto now, system.status(backups, backup));
      if (now.inode != before.inode) {
        return failure(make_error_code(errc::drifted), {}, "it was replaced while it was saved");
      }
      BOOST_OUTCOME_TRYV(refuse_drift(system, file, before));
      auto evidence = stamps_of(words::hardlink, before);
      evidence["inode"] = before.inode;
      return saved<typename S::handle>{std::move(file), std::move(evidence)};
    }
  };
};

}  // namespace commitpoint::snapshot
