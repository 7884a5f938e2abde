#pragma once

/// \file
/// What an owner holds: the lock, the journal, and what the mutation before has left to it.

#include <commitpoint/detail/records/codec.hpp>
#include <commitpoint/detail/records/names.hpp>
#include <commitpoint/detail/root/holders.hpp>
#include <commitpoint/detail/root/lock.hpp>
#include <commitpoint/detail/root/opened_root.hpp>
#include <commitpoint/detail/root/unretired_mutation.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/durability/interface.hpp>
#include <commitpoint/files/stamps.hpp>
#include <commitpoint/files/sync_set.hpp>
#include <commitpoint/journal/interface.hpp>
#include <commitpoint/report.hpp>

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// One exclusive acquisition.
class session {
 public:
  session(std::shared_ptr<opened_root> shared, held_lock lock, std::unique_ptr<journal::backend> journal,
          std::string cache)
      : shared_(std::move(shared)), lock_(std::move(lock)), journal_(std::move(journal)), cache_(std::move(cache)) {}

  [[nodiscard]] opened_root& shared() noexcept { return *shared_; }
  [[nodiscard]] system::door& system() noexcept { return shared_->system; }
  [[nodiscard]] const workspace& where() const noexcept { return shared_->where; }
  /// The journal, to be looked at: what is written goes through `append`, `commit` and `begin_generation`.
  [[nodiscard]] journal::backend& journal() noexcept { return *journal_; }
  [[nodiscard]] const held_lock& lock() const noexcept { return lock_; }
  [[nodiscard]] const std::string& cache() const noexcept { return cache_; }
  void say(step at, std::uint64_t mutation = 0, std::string_view plain = {}, std::uint64_t bytes = 0) const {
    shared_->say(at, mutation, plain, bytes);
  }

  /// A record's body with what every record carries: under which promise, and in which cache, it was written.
  [[nodiscard]] record_body body(std::string_view operation = {}) const {
    return {.operation = operation,
            .durability = shared_->durability.survives_power_loss() ? "power_loss" : "process_crash",
            .cache = cache_};
  }
  [[nodiscard]] result<void> append(journal::record_kind kind, std::uint64_t mutation, const record_body& content) {
    BOOST_OUTCOME_TRYV(may_write());
    return journal_->append({kind, mutation, encode(content), {}});
  }
  /// The commit point.
  [[nodiscard]] result<void> commit(std::uint64_t mutation, const record_body& content) {
    BOOST_OUTCOME_TRYV(may_write());
    return journal_->commit({journal::record_kind::commit, mutation, encode(content), {}},
                            shared_->durability.survives_power_loss());
  }
  [[nodiscard]] result<void> begin_generation(std::uint64_t next, std::string body, bool durable) {
    BOOST_OUTCOME_TRYV(may_write());
    return journal_->begin_generation({journal::record_kind::generation, next, std::move(body), {}}, durable);
  }

  /// Goes on where the journal ended when a mark was left that vouches for the tree as it was found; `has_staging` says
  /// whether anything is in staging.
  void go_on(const settled_mark& mark, bool has_staging) {
    next_number = mark.next;
    take_over(mark.unretired);
    is_settled_ = is_vouched_ = true;
    has_staging_ = has_staging;
  }
  /// Whether that was so: then nothing is pending, and nothing blocks.
  [[nodiscard]] bool is_vouched() const noexcept { return is_vouched_; }
  [[nodiscard]] bool has_staging() const noexcept { return has_staging_; }

  /// Whether the tree was released with nothing pending, and nothing was written since: then the journal need not be
  /// read. It goes on where it ended.
  [[nodiscard]] result<bool> resume() {
    const auto mark = lock_.mark();
    marked_ = mark.may_stand;
    if (!mark.sound || cache_.empty() || mark.sound->cache != cache_) return false;
    BOOST_OUTCOME_TRY(const bool same, journal_->resume(mark.sound->bookmark));
    if (same) next_number = mark.sound->next;
    if (same) take_over(mark.sound->unretired);
    is_settled_ = same;
    return same;
  }
  /// Leaves the mark, for whoever comes next; a failure costs them the reading of the journal, and nothing else.
  void leave_mark() {
    if (cache_.empty() || refused || (unretired && !can_settle_later())) return;
    auto bookmark = journal_->bookmark();
    if (bookmark.empty() && is_settled_) (void)lock_.erase();  // the journal has found out more since
    if (bookmark.empty() || (is_settled_ && is_vouched_)) return;
    auto vouched = vouch();
    if (is_settled_ && !vouched) return;
    lock_.leave({cache_, 0, next_number, std::move(bookmark), std::move(vouched), unretired ? unretired->number : 0});
  }
  [[nodiscard]] result<void> sync_journal() {
    if (shared_->durability.survives_power_loss()) return journal_->sync();
    return success();
  }
  /// Whether a name is one that `on_rollback` may use, and a drain carry out.
  [[nodiscard]] bool can_compensate(const std::string& name) const {
    const auto known = shared_->settings.compensations.find(name);
    return known != shared_->settings.compensations.end() && known->second != nullptr;
  }
  [[nodiscard]] sync_set new_sync_set() const { return sync_set(shared_->durability.few()); }
  /// The file system of the state directory, by the handle that is open since before anything was written.
  void add_own_filesystem(sync_set& set) const {
    set.add_filesystem(std::shared_ptr<const system::handle>(shared_, &where().state), where().state_status.device);
  }
  /// That of a directory.
  [[nodiscard]] result<void> add_filesystem(sync_set& set, const system::handle& directory, std::uint64_t device) {
    if (device != where().state_status.device) return set.add_filesystem(system(), directory, device);
    add_own_filesystem(set);
    return success();
  }

  /// Removes new versions beside their targets, durably. Before the record that settles their mutation: afterwards
  /// nothing would know of them. What was removed already is a success.
  [[nodiscard]] result<void> remove_siblings(std::vector<std::string>& siblings) {
    if (siblings.empty()) return success();
    auto touched = new_sync_set();
    touched.add_unknown();
    for (const auto& plain : siblings) {
      BOOST_OUTCOME_TRY(const auto there, status_beneath(system(), where().root, plain));
      if (there.type == node::none) continue;
      BOOST_OUTCOME_TRY(const auto at, locate(system(), where().root, plain));
      BOOST_OUTCOME_TRY(const auto parent, system().status(at.directory));
      BOOST_OUTCOME_TRYV(touched.add_filesystem(system(), at.directory, parent.device));
      auto removed = remove_tree(system(), at.directory, at.name);
      if (!removed) return std::move(removed).error().on(plain);
    }
    BOOST_OUTCOME_TRYV(shared_->durability.barrier(system(), touched));
    siblings.clear();
    return success();
  }
  /// Removes the staging of a mutation that is settled. What cannot be removed is reaped by a later drain; what another
  /// owner has made under the same number since the lock was lost is his.
  void remove_staging(std::uint64_t number) {
    if (still_locked()) remove_own_staging(number);
  }
  /// Forgets the mutation before, whose publish the commit of the next one has made durable. Gives its number, or 0.
  [[nodiscard]] std::uint64_t take_previous() {
    const auto number = unretired ? unretired->number : 0;
    unretired.reset();
    return number;
  }
  /// Removes its staging. Immediately after a record was written, which took a look at the lock.
  void remove_retired(std::uint64_t number) {
    if (number == 0) return;
    say(step::retire, number);
    remove_own_staging(number);
  }

  /// Removes staging that no record speaks of. What another member of the group has closed to this one waits for him,
  /// and no mutation gets its number.
  [[nodiscard]] result<void> reap_staging(const std::string& name) {
    BOOST_OUTCOME_TRYV(still_locked());
    auto removed = remove_tree(system(), where().staging, name);
    const bool is_closed = !removed && (removed.error() == std::errc::permission_denied ||
                                        removed.error() == std::errc::operation_not_permitted);
    if (!is_closed || !where().is_shared) return removed;
    next_number = std::max(next_number, staging_number(name) + 1);
    return success();
  }

  /// Removes the backups of the mutation before, which nobody will undo: its commit record is durable. A backup may be
  /// a second link to a live file, which the next snapshot would have to copy, as it does every file with other names.
  void drop_backups() {
    if (!unretired || unretired->has_no_backups || !still_locked()) return;
    const auto area = system().open(where().staging, staging_name(unretired->number), {.directory = true});
    const auto names = area ? system().list(area.value()) : area.error();
    if (!names) return;  // it costs a copy, and nothing else
    for (const auto& entry : names.value()) {
      if (is_backup(entry.name)) (void)remove_tree(system(), area.value(), entry.name);
    }
    unretired->has_no_backups = true;
  }

  /// From now on this thread is known to hold the lock.
  void enter() { entry_.emplace(shared_->threads); }
  /// And now this one: who uses it is who would wait for itself.
  void used_here() noexcept {
    if (entry_) entry_->pass();
  }

  /// A forked child has copies of its parent's handles, and must do nothing with them.
  /// \errors not_owner
  [[nodiscard]] result<void> not_inherited() const {
    if (shared_->system.process() == lock_.process()) return success();
    return failure(make_error_code(errc::not_owner), {}, "a forked child does not own what its parent owns");
  }

  /// Whether the journal may be written to: without the lock it is somebody else's.
  /// \errors not_owner
  [[nodiscard]] result<void> still_locked() const {
    BOOST_OUTCOME_TRYV(not_inherited());
    BOOST_OUTCOME_TRY(const bool held, lock_.still_held(where(), names::lock));
    if (held) return success();
    return failure(make_error_code(errc::not_owner), joined(where().state_directory, names::lock),
                   "the lock file, or the directory that it is in, was removed or replaced: another owner may be at "
                   "work; nothing more was written");
  }

  /// Whether this handle can still be used, and by this process.
  /// \errors not_owner, and whatever the owner refuses with since something went wrong.
  [[nodiscard]] result<void> usable() const {
    BOOST_OUTCOME_TRYV(not_inherited());
    if (refused) return *refused;
    return success();
  }

  /// After a barrier that failed. What the mutation before published may be lost although it is readable, and another
  /// barrier would not say so: only a drain puts that right, by publishing it again. Until then the owner refuses.
  void publish_may_be_lost(const failure& why) {
    if (!unretired) return;
    refused = failure(make_error_code(errc::publish_incomplete), why.path(),
                      "a sync failed: " + why.message() + "; the next acquire puts it right")
                  .at(step::barrier)
                  .in(unretired->number)
                  .with(outcome::unfinished);
    unretired.reset();
    if (marked_) (void)lock_.erase();  // it may say that the next barrier is enough
  }

  /// Makes the last publish durable and settles it, so that a drain finds nothing. `published` is in the journal before
  /// the barrier, which makes both durable; only then is staging removed, so a later drain that finds staging gone
  /// knows that the publish is safe even if it does not find this last record.
  [[nodiscard]] result<void> retire_now() {
    if (!unretired) return success();
    BOOST_OUTCOME_TRYV(still_locked());
    say(step::retire, unretired->number);
    add_own_filesystem(unretired->published);
    auto durable = shared_->durability.barrier(system(), unretired->published);
    if (!durable) {
      publish_may_be_lost(durable.error());
      return std::move(durable).error();
    }
    auto left = std::move(*unretired);
    unretired.reset();
    // Also where the barrier covers the journal: one that does not know takes its last record for replaceable.
    BOOST_OUTCOME_TRYV(sync_journal());
    BOOST_OUTCOME_TRYV(remove_siblings(left.siblings));
    BOOST_OUTCOME_TRYV(append(journal::record_kind::retired, left.number, body()));
    remove_own_staging(left.number);
    return success();
  }

  /// What a release has to do: nothing is left to a drain but what a power cut takes back.
  [[nodiscard]] result<void> settle() {
    if (!unretired || !can_settle_later()) {
      BOOST_OUTCOME_TRYV(retire_now());
    } else if (where().ordered && still_locked()) {
      (void)system().remove_directory(where().staging, staging_name(unretired->number));
    }
    leave_mark();
    return success();
  }

  std::uint64_t next_number = 1;
  std::optional<unretired_mutation> unretired;
  std::optional<failure> refused;  ///< set when nothing may be changed any more through this owner
  report recovered;
  report last;
  bool running = false;
  /// Inodes, and their births, of what earlier mutations tracked, and the clock is behind of since it was set back.
  std::set<std::pair<std::uint64_t, std::int64_t>> born_ahead;

 private:
  // Whether the barrier of any owner makes the last publish durable, and nothing has to be done then but to remove its
  // staging.
  [[nodiscard]] bool can_settle_later() const {
    const auto& mine = where().state_status;
    const auto is_mine = [&](const auto& filesystem) { return filesystem.device == mine.device; };
    return shared_->durability.settles_later() && !cache_.empty() && unretired && unretired->siblings.empty() &&
           !unretired->writes_to_live_files && !unretired->has_lease &&
           std::ranges::all_of(unretired->published.filesystems(), is_mine) && !journal_->bookmark().empty();
  }
  // The mutation that another owner has left to this one.
  void take_over(std::uint64_t number) {
    if (number == 0) return;
    auto published = new_sync_set();
    published.add_unknown();
    add_own_filesystem(published);
    unretired.emplace(unretired_mutation{number, std::move(published), {}});
  }

  // Where publishing takes the sources away, nothing is left in it but what the mutation did not need.
  void remove_own_staging(std::uint64_t number) {
    const auto name = staging_name(number);
    if (where().ordered && system().remove_directory(where().staging, name)) return;
    (void)remove_tree(system(), where().staging, name);
  }

  // What this owner found when it took the lock, or has made since; not where the next change of the state directory
  // might leave it the times that it has.
  [[nodiscard]] std::optional<vouched_state> vouch() {
    const auto journal = journal_->identity();
    if (journal.empty() || !shared_->owners.trusts_nobody_else()) return std::nullopt;
    const auto state = system().status(where().state);
    if (!state || is_recent(std::max(state.value().modified, state.value().changed), system().now())) {
      return std::nullopt;
    }
    return vouched_state{system().user(), state.value().modified, state.value().changed, journal};
  }

  // Before anything is written to the journal: whoever has lost the lock would write over what another owner wrote.
  result<void> may_write() {
    BOOST_OUTCOME_TRYV(still_locked());
    is_settled_ = false;
    if (!marked_) return success();
    BOOST_OUTCOME_TRYV(lock_.erase());
    marked_ = false;
    return success();
  }

  std::shared_ptr<opened_root> shared_;
  std::optional<holder_entry> entry_;  // goes after the lock: from then on the thread may acquire again
  held_lock lock_;
  std::unique_ptr<journal::backend> journal_;
  std::string cache_;
  bool marked_ = true;       // a mark may stand in the lock file
  bool is_settled_ = false;  // it does, and it is true
  bool is_vouched_ = false;  // nothing but what it says had to be looked at
  bool has_staging_ = true;
};

}  // namespace commitpoint::detail
