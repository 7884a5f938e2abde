#pragma once

/// \file
/// Files that give rights to whoever runs them: set-id bits, and capabilities. Those rights come back only with the
/// content that they were given to, and only the engine's own copy of it is proof of that: whatever the snapshot policy
/// is, such a file is copied, and the copy is known again by its checksum.

#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/snapshot/evidence.hpp>
#include <commitpoint/snapshot/interface.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace commitpoint::detail {

inline constexpr std::uint32_t set_id_bits = 06000;
inline constexpr auto capabilities = "security.capability";

[[nodiscard]] inline bool gives_rights(const metadata& m) {
  return m.type == node::regular && ((m.mode & set_id_bits) != 0 || m.attributes.contains(capabilities));
}

[[nodiscard]] inline metadata without_rights(metadata m) {
  if (m.type == node::regular) {
    m.mode &= ~set_id_bits;
    m.attributes.erase(capabilities);
  }
  return m;
}

/// Saves a file for a rollback; `about` is its metadata.
[[nodiscard]] inline result<snapshot::saved> save_file(opened_root& shared, const located& file, const metadata& about,
                                                       const system::handle& backups, const std::string& backup,
                                                       bool writers_replace) {
  if (!gives_rights(about)) {
    return shared.snapshot.save(shared.system, file.directory, file.name, backups, backup, writers_replace);
  }
  return snapshot::copy().save(shared.system, file.directory, file.name, backups, backup, writers_replace);
}

/// Whether the engine itself has made the copy that this is the evidence of.
[[nodiscard]] inline bool is_own_copy(const snapshot::evidence& evidence) {
  return evidence.word("way") == snapshot::words::copy && evidence.number("crc32c");
}

/// Whether a backup is there, whole and unchanged.
[[nodiscard]] inline result<bool> is_whole_backup(opened_root& shared, const system::handle& backups,
                                                  const std::string& backup, const metadata& about,
                                                  const snapshot::evidence& evidence) {
  if (gives_rights(about) && is_own_copy(evidence)) {
    return snapshot::is_intact(shared.system, backups, backup, evidence);
  }
  return shared.snapshot.intact(shared.system, backups, backup, evidence);
}

/// What of the metadata an intact backup can give back. Who owns the backup may have written it, and the checksum as
/// well: it gives nobody's rights but its owner's.
[[nodiscard]] inline metadata vouched_for(const metadata& about, const snapshot::evidence& evidence,
                                          const system::file_status& backup) {
  if (!gives_rights(about)) return about;
  const bool is_trusted = is_own_copy(evidence) && (backup.user == 0 || backup.user == about.user);
  return is_trusted ? about : without_rights(about);
}

}  // namespace commitpoint::detail
