#pragma once

/// \file
/// What a snapshot strategy must do. docs/policies/snapshot.md says when to choose which.

#include <commitpoint/system/concept.hpp>

#include <nlohmann/json.hpp>

#include <concepts>
#include <string>

namespace commitpoint::snapshot {

/// A saved file.
template <class Handle>
struct saved {
  Handle backup;            ///< open, so that the barrier can sync it
  nlohmann::json evidence;  ///< by which the backup is known again, for the journal
};

/// The working part of a snapshot policy `P` is `P::template backend<S>`, made from the settings. It saves one regular
/// file at a time; trees, links, metadata and restoring are the engine's. All members may be called from several
/// threads at once.
///
/// | member | contract |
/// | --- | --- |
/// | `save(system, directory, name, backups, backup, writers_replace)` | makes `backup` in `backups`; `writers_replace` says that nobody writes into the file itself |
/// | `intact(system, backups, backup, evidence)` | whether the backup is there, whole and unchanged; its absence is a no |
///
/// `intact` is handed evidence from a journal, which may be anything, and may have been made by another policy in
/// another program: `is_intact` of evidence.hpp answers for those of the library. It fails with `snapshot_violated`
/// when something wrote through the backup, and with `unsupported` for evidence that it does not know; both mean that
/// a person has to look. A restore may give the backup a second name, put the metadata of the saved file on it
/// (modification time included), and be interrupted then: it must still count as intact.
template <class B, class S, class Settings>
concept SnapshotStrategy = std::constructible_from<B, const Settings&> &&
    requires(B& b, S& s, const typename S::handle& directory, const std::string& name, const nlohmann::json& evidence) {
  { b.save(s, directory, name, directory, name, bool{}) } -> std::same_as<result<saved<typename S::handle>>>;
  { b.intact(s, directory, name, evidence) } -> std::same_as<result<bool>>;
};

}  // namespace commitpoint::snapshot
