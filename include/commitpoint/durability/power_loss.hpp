#pragma once

/// \file
/// Success means that it survives a power cut.

#include <commitpoint/durability/interface.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>

namespace commitpoint::durability {

/// When the last publish of an owner becomes durable. The mutation itself is by then.
enum class settle : std::uint8_t {
  /// Before the owner has given the lock back: after a power cut every program finds the new files by their names.
  at_release,
  /// By the barrier of the owner that comes next. After a power cut before that, the old files may stand at the names
  /// until an owner or a reader drains. What writes into live files is settled at the release all the same.
  later,
};

/// Barriers reach the disk. Few files are synced one by one, once the disk has been asked to begin with all of them;
/// from `filesystem_sync_from` on, one `syncfs` for each file system is cheaper, though it also flushes what strangers
/// wrote there. docs/policies/durability.md has the figures that the threshold was chosen by.
///
/// \errors of a barrier: every write-back error since the handles were opened, which was before the first write. Not
/// seen: what a disk reports to nobody, and with `syncfs` before Linux 5.8 nothing but a failure to write metadata. A
/// failed sync is never tried again, since the second one succeeds although the data is lost.
/// \source fsync(2), syncfs(2), sync_file_range(2); Rebello et al., "Can Applications Recover from fsync Failures?",
/// ATC 2020.
struct power_loss {
  using kind = commitpoint::kind::durability;
  /// From how many files and directories on the file system is synced as a whole.
  std::size_t filesystem_sync_from = 4;
  /// What a release waits for. A batch of short commands does not need to: `later`.
  durability::settle settles = durability::settle::at_release;

  [[nodiscard]] std::unique_ptr<promise> make() const;
};

}  // namespace commitpoint::durability

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/durability/power_loss.ipp>
#endif
