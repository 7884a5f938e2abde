#pragma once

/// \file
/// What a snapshot strategy must do. docs/policies/snapshot.md says when to choose which.

#include <commitpoint/policy.hpp>
#include <commitpoint/system/door.hpp>

#include <nlohmann/json.hpp>

#include <string>

namespace commitpoint::snapshot {

/// A saved file.
struct saved {
  system::handle backup;    ///< open, so that the barrier can sync it
  nlohmann::json evidence;  ///< by which the backup is known again, for the journal
};

/// The working part of a snapshot policy. A policy derives from it and can be copied, or makes one by
/// `std::unique_ptr<snapshot::strategy> make() const`. It saves one regular file at a time; trees, links, metadata and
/// restoring are the engine's. All members may be called from several threads at once.
class strategy {
 public:
  using kind = commitpoint::kind::snapshot;

  virtual ~strategy() = default;

  /// Makes `backup` in `backups` of the file `name` in `directory`; `writers_replace` says that nobody writes into the
  /// file itself.
  virtual result<saved> save(system::door& system, const system::handle& directory, const std::string& name,
                             const system::handle& backups, const std::string& backup, bool writers_replace) = 0;

  /// Whether the backup is there, whole and unchanged; its absence is a no.
  ///
  /// The evidence comes from a journal, may be anything, and may have been made by another policy in another program:
  /// `is_intact` of evidence.hpp answers for those of the library. A restore may give the backup a second name, put the
  /// metadata of the saved file on it (modification time included), and be interrupted then: it must still count as
  /// intact.
  /// \errors snapshot_violated when something wrote through the backup; unsupported for evidence that it does not know.
  /// Both mean that a person has to look.
  virtual result<bool> intact(system::door& system, const system::handle& backups, const std::string& backup,
                              const nlohmann::json& evidence) = 0;

 protected:
  strategy() = default;
  strategy(const strategy&) = default;
  strategy& operator=(const strategy&) = default;
};

}  // namespace commitpoint::snapshot
