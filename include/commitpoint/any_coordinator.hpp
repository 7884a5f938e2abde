#pragma once

/// \file
/// A coordinator whatever its policies: what `coordinator<...>` derives from.

#include <commitpoint/config.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/reader.hpp>
#include <commitpoint/report.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/working_parts.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace commitpoint {

/// One root, with the parts that its mutations are carried out by. Owners and readers share what is behind it, so it
/// may be moved or go before they do. A function that does not care for policies takes an `any_coordinator&`.
class any_coordinator {
 public:
  /// What the bodies of its owners are handed.
  using mutation_type = mutation;

  /// Opens a root, an existing directory. The state directory is made if it is not there; nothing else is touched and
  /// no lock is taken.
  /// \errors newer_format; invalid_path or outside_root (the state directory); the system's with the path.
  static result<any_coordinator> open(path_view root, options settings, working_parts parts);

  /// Waits for the exclusive lock, and for subprocesses of a dead owner that hold a lease (`mutation::lease_fd`), then
  /// drains: the tree is in a committed state when this returns.
  /// \errors untrusted_owner; lock_timeout, cancelled; unknown_compensation; would_deadlock when this thread already
  /// holds an owner or a reader of this coordinator; needs_repair; dirty_rollback and publish_incomplete when what a
  /// crash left cannot be undone or finished yet; unsupported when it is to be finished in a way that this program does
  /// not know; the system's when the journal cannot be read. After a failure nothing is held.
  result<owner> acquire(const lock_options& how = {});

  /// Waits for the shared lock; what a crash left is drained first. What it left in staging without a record is nothing
  /// to recover: it is removed if nobody else has to be waited for, and otherwise left to the next owner. So are leases
  /// that nobody holds any more. Where nothing is pending, permission to read is enough, and the tree may be another
  /// user's.
  /// \errors as `acquire`.
  result<reader> read(const lock_options& how = {});

  /// What a drain would find now. Looks under the shared lock, waits for a running owner, changes nothing, and needs no
  /// more than permission to read. Of another user's tree it tells what that user's journal says.
  /// \errors those of a journal that cannot be read; would_deadlock.
  result<report> pending(const lock_options& how = {});

  /// The same, and looks at everything that a drain would rely on: each backup, each new version, the journal. What of
  /// it is missing or altered is in `blocked`, without an id as long as no drain came to it. Takes the exclusive lock,
  /// and waits for a running owner and for subprocesses of a dead one; changes nothing.
  /// \errors as `acquire` for the lock; unknown_compensation; those of a journal that cannot be read.
  /// \durability nothing is written. \crash the lock goes with the process.
  result<report> verify(const lock_options& how = {});

  /// Settles what blocks recovery, by the id that `needs_repair` and `pending` name: whatever was pending is given up
  /// as it stands, its evidence stays in the quarantine, and mutations can run again.
  /// \errors ENOENT when nothing of that id blocks; as `acquire` for the lock.
  result<report> accept(const std::string& id, const lock_options& how = {});

  /// A private directory for a worker to fill while others hold the lock, or nobody does; `mutation::publish` of this
  /// coordinator's owners takes what is to stay out of it. May be called from several threads at once.
  /// \errors not_owner (this coordinator was moved from); the system's.
  result<commitpoint::lease> lease();

  /// How many leases this process should have at a time, by its limit of open files (RLIMIT_NOFILE): each has one
  /// descriptor as long as it lives, and whoever fills it, and the mutation that adopts from it, need some as well.
  [[nodiscard]] std::size_t most_leases() const;

 protected:
  /// What the policies made. Not where it was moved from.
  [[nodiscard]] const working_parts& parts() const noexcept;

 private:
  explicit any_coordinator(std::shared_ptr<detail::opened_root> shared) noexcept : shared_(std::move(shared)) {}

  std::shared_ptr<detail::opened_root> shared_;
};

}  // namespace commitpoint
