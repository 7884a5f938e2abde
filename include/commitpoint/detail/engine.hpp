#pragma once

/// \file
/// What coordinator, owner and reader share, and one exclusive acquisition of it.

#include <commitpoint/detail/entries.hpp>
#include <commitpoint/detail/lease_register.hpp>
#include <commitpoint/detail/lock.hpp>
#include <commitpoint/detail/sync_set.hpp>
#include <commitpoint/detail/workspace.hpp>
#include <commitpoint/journal/concept.hpp>
#include <commitpoint/observe/concept.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/report.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// The threads that hold an acquisition made through one coordinator.
class holders {
 public:
  [[nodiscard]] bool has(std::thread::id thread) const {
    const std::scoped_lock guard(mutex_);
    return counts_.contains(thread);
  }
  void add(std::thread::id thread) {
    const std::scoped_lock guard(mutex_);
    ++counts_[thread];
  }
  void remove(std::thread::id thread) {
    const std::scoped_lock guard(mutex_);
    if (const auto held = counts_.find(thread); held != counts_.end() && --held->second == 0) counts_.erase(held);
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::thread::id, int> counts_;
};

/// Everything that does not depend on who holds the lock. `P` is a `parts`: one policy of each kind.
template <class P>
struct engine {
  using S = typename P::system;

  S system;
  typename P::snapshot_backend snapshot;
  typename P::publish_backend publish;
  typename P::durability_backend durability;
  typename P::observer observer;
  typename P::journal_settings journal_settings;
  options settings;
  workspace<S> where;
  std::shared_ptr<holders> threads = std::make_shared<holders>();
  std::unique_ptr<lease_register<S>> leases = std::make_unique<lease_register<S>>();
  std::vector<typename S::handle> databases = {};  ///< what was opened only to see that it is one

  void say(step at, std::uint64_t mutation = 0, std::string_view plain = {}, std::uint64_t bytes = 0) const {
    observer(observe::event{at, mutation, plain, bytes});
  }

  [[nodiscard]] result<typename P::journal_backend> open_journal() {
    return P::journal_backend::open(system, journal::place<S>{where.root, where.state, where.state_directory},
                                    journal_settings);
  }
};

/// Says at its end that the thread leaves the protocol, so that an observer knows how long the last step took.
template <class P>
class leaving {
 public:
  /// The engine outlives it; there may be none.
  explicit leaving(const engine<P>* shared) noexcept : shared_(shared) {}
  leaving(const leaving&) = delete;
  leaving& operator=(const leaving&) = delete;
  ~leaving() {
    if (shared_ != nullptr) shared_->say(step::none);
  }

 private:
  const engine<P>* shared_;
};

/// A thread's entry in `holders`, as long as it lives.
class holder_entry {
 public:
  holder_entry() = default;
  explicit holder_entry(std::shared_ptr<holders> all) : all_(std::move(all)), thread_(std::this_thread::get_id()) {
    all_->add(thread_);
  }
  holder_entry(holder_entry&& other) noexcept : all_(std::exchange(other.all_, nullptr)), thread_(other.thread_) {}
  holder_entry& operator=(holder_entry&&) = delete;
  ~holder_entry() {
    if (all_) all_->remove(thread_);
  }

 private:
  std::shared_ptr<holders> all_;
  std::thread::id thread_;
};

/// The paths of the new versions beside their targets that a mutation's records speak of: private names outside
/// staging.
[[nodiscard]] inline std::vector<std::string> siblings_of(const std::vector<undo_entry>& undo) {
  std::vector<std::string> found;
  for (const auto& u : undo) {
    if (u.record == journal::record_kind::sibling) found.push_back(u.path);
  }
  return found;
}

/// A mutation whose publish is not known to be durable yet.
template <class S>
struct unretired_mutation {
  std::uint64_t number = 0;
  sync_set<S> published;              ///< what its publish changed
  std::vector<std::string> siblings;  ///< needed until the publish is durable
  bool writes_to_live_files = false;  ///< as its publish did, a drain would again
  bool has_no_backups = false;        ///< they were removed already
};

/// One exclusive acquisition.
template <class P>
class session {
 public:
  using S = typename P::system;

  session(std::shared_ptr<engine<P>> shared, held_lock<S> lock, typename P::journal_backend journal)
      : shared_(std::move(shared)),
        lock_(std::move(lock)),
        journal_(std::move(journal)),
        cache_(shared_->system.cache_identity(shared_->where.state)) {}

  [[nodiscard]] engine<P>& shared() noexcept { return *shared_; }
  [[nodiscard]] S& system() noexcept { return shared_->system; }
  [[nodiscard]] const workspace<S>& where() const noexcept { return shared_->where; }
  [[nodiscard]] auto& journal() noexcept { return journal_; }
  [[nodiscard]] const held_lock<S>& lock() const noexcept { return lock_; }
  [[nodiscard]] const std::string& cache() const noexcept { return cache_; }
  void say(step at, std::uint64_t mutation = 0, std::string_view plain = {}, std::uint64_t bytes = 0) const {
    shared_->say(at, mutation, plain, bytes);
  }

  /// A record's body with what every record carries: under which promise, and in which cache, it was written.
  [[nodiscard]] nlohmann::json body(const std::string& operation) const {
    return {{"operation", operation},
            {"durability", P::durability_backend::survives_power_loss ? "power_loss" : "process_crash"},
            {"cache", cache_}};
  }
  [[nodiscard]] result<void> append(journal::record_kind kind, std::uint64_t mutation, nlohmann::json content) {
    return journal_.append({kind, mutation, std::move(content), {}});
  }
  [[nodiscard]] result<void> sync_journal() {
    if constexpr (P::durability_backend::survives_power_loss) return journal_.sync();
    return success();
  }
  /// Whether a name is one that `on_rollback` may use, and a drain carry out.
  [[nodiscard]] bool can_compensate(const std::string& name) const {
    const auto known = shared_->settings.compensations.find(name);
    return known != shared_->settings.compensations.end() && known->second != nullptr;
  }
  [[nodiscard]] sync_set<S> new_sync_set() const { return sync_set<S>(shared_->durability.few()); }

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
  /// Removes the staging of a mutation that is settled. What cannot be removed is reaped by a later drain.
  void remove_staging(std::uint64_t number) { (void)remove_tree(system(), where().staging, staging_name(number)); }

  /// Removes the backups of the mutation before, which nobody will undo: its commit record is durable. A backup may be
  /// a second link to a live file, which the next snapshot would have to copy, as it does every file with other names.
  void drop_backups() {
    if (!unretired || unretired->has_no_backups) return;
    const auto area = system().open(where().staging, staging_name(unretired->number), {.directory = true});
    const auto names = area ? system().list(area.value()) : area.error();
    if (!names) return;  // it costs a copy, and nothing else
    for (const auto& entry : names.value()) {
      if (is_backup(entry.name)) (void)remove_tree(system(), area.value(), entry.name);
    }
    unretired->has_no_backups = true;
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
                   "the lock file was removed or replaced");
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
  }

  /// Makes the last publish durable and settles it, so that a drain finds nothing. `published` is in the journal before
  /// the barrier, which makes both durable; only then is staging removed, so a later drain that finds staging gone
  /// knows that the publish is safe even if it does not find this last record.
  [[nodiscard]] result<void> retire_now() {
    if (!unretired) return success();
    BOOST_OUTCOME_TRYV(still_locked());
    say(step::retire, unretired->number);
    BOOST_OUTCOME_TRYV(unretired->published.add_filesystem(system(), where().state, where().state_status.device));
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
    BOOST_OUTCOME_TRYV(append(journal::record_kind::retired, left.number, body({})));
    remove_staging(left.number);
    return success();
  }

  std::uint64_t next_number = 1;
  std::optional<unretired_mutation<S>> unretired;
  std::optional<failure> refused;  ///< set when nothing may be changed any more through this owner
  report recovered;
  report last;
  bool running = false;

 private:
  std::shared_ptr<engine<P>> shared_;
  held_lock<S> lock_;
  typename P::journal_backend journal_;
  std::string cache_;
};

}  // namespace commitpoint::detail
