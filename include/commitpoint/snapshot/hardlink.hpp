#pragma once

/// \file
/// The snapshot that costs a name.

#include <commitpoint/snapshot/interface.hpp>

#include <string>

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
class hardlink : public strategy {
 public:
  /// \errors drifted when the file was written to or replaced while it was saved.
  result<saved> save(system::door& system, const system::handle& directory, const std::string& name,
                     const system::handle& backups, const std::string& backup, bool writers_replace) override;

  /// \errors as `is_intact`.
  result<bool> intact(system::door& system, const system::handle& backups, const std::string& backup,
                      const snapshot::evidence& evidence) override;

 private:
  // The file system has no links or no more of them, the target is on another one, or the kernel does not let a
  // stranger link to this file. \source link(2), proc(5) under protected_hardlinks
  [[nodiscard]] static bool cannot_link(const failure& f);

  // The name may have been given to another file between the open and the link.
  result<saved> linked_as(system::door& system, system::handle file, const system::file_status& before,
                          const system::handle& backups, const std::string& backup) const;
};

}  // namespace commitpoint::snapshot

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/snapshot/hardlink.ipp>
#endif
