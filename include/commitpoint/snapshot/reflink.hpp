#pragma once

/// \file
/// The snapshot that shares blocks until somebody writes.

#include <commitpoint/snapshot/interface.hpp>

#include <string>

namespace commitpoint::snapshot {

/// Clones the file: a private copy that shares its blocks with the file until one of the two is written to. Protects
/// against every kind of writer, at a cost that does not grow with the file. xfs (made with reflink=1, as it is by
/// default) and btrfs can do it, and only within one file system.
///
/// The backup gets the time of the file, and is known again by its size and that time: checking it reads no content.
/// \source ioctl_ficlone(2)
class reflink : public strategy {
 public:
  /// \errors unsupported where the file system cannot; EINVAL where it cannot for this very file (btrfs: one without
  /// checksums); drifted when the file was written to while it was saved. After the first two, no backup is there.
  result<saved> save(system::door& system, const system::handle& directory, const std::string& name,
                     const system::handle& backups, const std::string& backup, bool /*writers_replace*/) override;

  /// \errors as `is_intact`.
  result<bool> intact(system::door& system, const system::handle& backups, const std::string& backup,
                      const snapshot::evidence& evidence) override;

 private:
  [[nodiscard]] static failure refusal(failure why);
};

}  // namespace commitpoint::snapshot

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/snapshot/reflink.ipp>
#endif
