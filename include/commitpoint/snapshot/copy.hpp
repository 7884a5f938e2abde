#pragma once

/// \file
/// The snapshot that works everywhere.

#include <commitpoint/snapshot/interface.hpp>

#include <string>

namespace commitpoint::snapshot {

/// Copies the content; holes stay holes. Protects against every kind of writer, on every file system, for the cost of
/// the bytes. The backup is known again by its size and a CRC32C of its content.
class copy : public strategy {
 public:
  /// \errors drifted when the file changed while it was copied.
  result<saved> save(system::door& system, const system::handle& directory, const std::string& name,
                     const system::handle& backups, const std::string& backup, bool /*writers_replace*/) override;

  /// \errors as `is_intact`.
  result<bool> intact(system::door& system, const system::handle& backups, const std::string& backup,
                      const snapshot::evidence& evidence) override;
};

}  // namespace commitpoint::snapshot

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/snapshot/copy.ipp>
#endif
