#pragma once

/// \file
/// Mistakes that an implementation of the protocol could make, one of which is made while a test says so.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace explored {

enum class mistake : std::uint8_t {
  none,
  // In the system: syncs that do nothing, and other lies.
  files_not_synced,
  directories_not_synced,
  filesystem_not_synced,
  metadata_not_synced,
  database_not_synced,
  order_believed,
  power_cut_not_noticed,
  times_not_restored,
  modes_not_restored,
  lock_not_rechecked,
  links_followed,
  // In snapshots.
  snapshot_cut_short,
  backup_trusted,
  link_instead_of_copy,
  // In the journal.
  undo_records_not_synced,
  commit_not_synced,
  drain_acts_on_what_is_readable,
  published_too_early,
  retired_too_early,
  rolled_back_too_early,
  commit_overlooked,
  undo_record_overlooked,
  undone_oldest_first,
  // In publishing.
  source_consumed,
  // In durability.
  barrier_skipped,
  barrier_forgets_some,
  barrier_forgets_other_devices,
  failed_sync_retried,
  // In a renewal of the journal.
  renewal_forgets_unretired,
  old_generation_given_up,
  // In sessions.
  mark_believed,
  // In what tells whose a root is, and what of it is commitpoint's own.
  strangers_trusted,
  state_not_rechecked,
  own_told_by_name,
  // In knowing what the journal is.
  missing_database_is_empty,
  other_journal_opened,
  // In telling roots from each other.
  other_root_carried_out,
  // In telling versions from each other.
  stamps_of_seconds_believed,
  older_taken_for_edit,
};

/// For people, in the order of the enumeration.
inline constexpr auto mistake_names = std::to_array<std::string_view>({
    "none",
    "files are not synced",
    "directories are not synced",
    "the file system is not synced",
    "metadata is not synced",
    "what SQLite writes is not synced",
    "an order of renames is believed in that is not there",
    "a power cut is not noticed",
    "times are not restored",
    "modes are not restored",
    "the lock is not checked again",
    "symbolic links are followed",
    "a snapshot is cut short",
    "a backup is trusted",
    "a link is made instead of a copy",
    "undo records are not synced",
    "the commit record is not synced",
    "a drain acts on what it could merely read",
    "published is recorded before the publish",
    "a mutation is retired before its publish is durable",
    "rolled back is recorded before the rollback",
    "a commit record is overlooked",
    "an undo record is overlooked",
    "the oldest is undone first",
    "a publish consumes its source",
    "the barrier is skipped",
    "the barrier forgets all but one",
    "the barrier forgets other devices",
    "a failed sync is tried again",
    "a renewed log forgets what is not retired",
    "an old generation goes before the new one is durable",
    "a settled mark is believed that what was written since has made wrong",
    "a stranger's journal is carried out",
    "a state directory that was moved is not noticed",
    "what is commitpoint's own is told by its name",
    "a missing database is taken for an empty one",
    "a root is opened with another journal",
    "the journal of another root is carried out",
    "a stamp of seconds is taken for one of nanoseconds",
    "what a power cut brings back is taken for a later edit",
});

/// The mistake that is made now. Tests are not run by several threads.
inline mistake made_now = mistake::none;

[[nodiscard]] inline bool makes(mistake m) noexcept { return made_now == m; }

}  // namespace explored
