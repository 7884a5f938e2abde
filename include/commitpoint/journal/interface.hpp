#pragma once

/// \file
/// What a journal backend must do.

#include <commitpoint/journal/record.hpp>
#include <commitpoint/system/door.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::journal {

/// Where a journal lives. All of it outlives the backend.
struct place {
  system::door& system;
  const system::handle& root;
  const system::handle& state;         ///< the state directory
  const std::string& state_directory;  ///< its path, relative to the root
  bool looks_only = false;             ///< under a shared lock: nothing is written, perhaps because nothing may be
  bool is_trusted = true;              ///< if not, a stranger may have written what is there; it is only looked at
};

/// The application's transaction on its own database, in which a transactional journal commits.
class transaction {
 public:
  /// Opens it unless it is open.
  virtual result<void> begin() = 0;
  /// Rolls it back, if it is open.
  virtual void abandon() noexcept = 0;
  /// Savepoints in it, by the depth at which they are nested.
  virtual result<void> savepoint(std::size_t depth) = 0;
  virtual result<void> release(std::size_t depth) = 0;
  virtual result<void> roll_back_to(std::size_t depth) = 0;

 protected:
  transaction() = default;
  transaction(const transaction&) = default;
  transaction& operator=(const transaction&) = default;
  ~transaction() = default;
};

/// The working part of a journal policy, for one holder of a lock. A policy makes it by
/// `result<std::unique_ptr<journal::backend>> open(const journal::place&) const`, which takes no lock and creates
/// nothing.
///
/// The owner of the lock calls `read` first, and only then what writes.
class backend {
 public:
  virtual ~backend() = default;

  /// Under a shared or exclusive lock: what the journal holds. Looks, changes nothing. Damage is no failure but an
  /// image that says so; a failure means "cannot be read".
  virtual result<image> read() = 0;
  /// Adds a record: readable, not yet durable. A failure leaves the journal as it was, and usable, or every later call
  /// fails until the next `read`.
  virtual result<void> append(const record& r) = 0;
  /// Makes durable what was appended. A failed sync is never retried.
  virtual result<void> sync() = 0;
  /// Supersedes what was there before by one record, at once, in one atomic step.
  virtual result<void> begin_generation(const record& r, bool durable) = 0;
  /// The commit point: appends, and syncs if `durable`. Outcome `unknown` in the failure if it may be on disk.
  virtual result<void> commit(const record& r, bool durable) = 0;
  /// Whether a new generation is wanted when nothing is pending.
  [[nodiscard]] virtual bool is_full() const = 0;
  /// Whether it is known that the journal's beginning reached the disk: whoever began it may have been killed before.
  /// Otherwise `sync` makes it so, its name included, and nobody may rely on there being a journal before. No is always
  /// right, and costs a sync.
  [[nodiscard]] virtual bool is_known_durable() const { return false; }
  /// Where the journal ends, when nothing in it is pending: for `resume`, by this backend or one of another process.
  /// Empty where that costs no less than reading it, which is always right.
  [[nodiscard]] virtual std::string bookmark() const { return {}; }
  /// Instead of `read`, and at a cost that does not depend on what was written: whether the journal still ends where
  /// the bookmark says, so that appends can go on there. Looks, changes nothing; after a no it has to be read. The
  /// bookmark may be anything.
  virtual result<bool> resume(std::string_view /*bookmark*/) { return false; }
  /// The same for who knows that nobody has written to the journal since the bookmark was taken: it may look at less.
  virtual result<bool> go_on(std::string_view bookmark) { return resume(bookmark); }
  /// After `go_on`: whether it could see all that was written, also by a program that leaves no marks. It looks at what
  /// it has not looked at before.
  virtual result<bool> saw_all() { return true; }
  /// Names in the state directory that hold the journal, to be kept in quarantine.
  [[nodiscard]] virtual std::vector<std::string> evidence() const = 0;
  /// What tells this journal from any other that a root can have: its kind, and behind a colon where it is, if that can
  /// be chosen. A root remembers it, and is not opened with another. Empty: it remembers nothing.
  [[nodiscard]] virtual std::string identity() const { return {}; }
  /// Whether a root-relative path outside the state directory is the journal's own.
  [[nodiscard]] virtual bool reserves(std::string_view /*plain*/) const { return false; }
  /// The root-relative paths of what it has outside of the state directory.
  [[nodiscard]] virtual std::vector<std::string> outside() const { return {}; }
  /// The application's transaction, where the journal commits in one; null where it does not.
  [[nodiscard]] virtual transaction* rows() noexcept { return nullptr; }

 protected:
  backend() = default;
  backend(const backend&) = default;
  backend& operator=(const backend&) = default;
};

}  // namespace commitpoint::journal
