#pragma once

/// \file
/// The way in: a root, and who may change what is in it.
///
/// Calling sequence:
///
///     auto notes = commitpoint::coordinator<>::open("notes");        // once; cheap to keep, may be shared by threads
///     auto owner = notes.value().acquire();                          // waits; drains what a crash left
///     owner.value().run({.operation = "..."}, [](commitpoint::mutation& m) -> commitpoint::result<void> {...});
///     // destroying the owner releases the lock; `read()` is the same for readers
///
/// Invariants:
///  1. Whoever changes anything live holds the exclusive lock, and has drained under it.
///  2. No live effect precedes the durable record that can undo it, `track_new` apart.
///  3. No staged effect is live before the commit record is durable; none is undone after it.
///  4. What a record relies on (backups, staged files, their directories) is durable before the record is written.
///  5. Backups and staging are removed only after a record says that they are not needed, and what it says is durable.
///  6. A drain touches nothing live before its decisions are durable and all that they need was verified.
///  7. A failed sync is never retried: what it leaves is unknown, and only a drain decides.
///
/// States of a mutation, and the function behind each arrow (in detail/):
///
///     none --begin--> open --body: effects--> open --prepare, check--> ready
///     open --savepoint_stack::open, more effects--> open, nested --release--> open
///                                     `--undo--> open, as it was        (a step fails: open, poisoned)
///     open, ready --roll_back--> rolling back --undo_all, barrier--> rolled back
///                                     `--a step fails--> dirty          (owner refuses; the next drain undoes)
///     ready --write_record--> committed --publish--> published --retire--> retired
///               |                  `--a step fails--> unfinished        (owner refuses; the next drain finishes)
///               `--its sync fails--> unknown                            (owner refuses; the next drain decides)
///     after a crash: drain: no commit record --undoing--> rolled back;  commit record --finishing--> retired;
///                    evidence missing or damaged --block--> blocked --accept--> settled, evidence in quarantine

// First, because a compiler that refuses a policy names every file on the way to its concept.
#include <commitpoint/system/concept.hpp>

#include <commitpoint/detail/drain.hpp>
#include <commitpoint/detail/engine.hpp>
#include <commitpoint/detail/leasing.hpp>
#include <commitpoint/detail/pack.hpp>
#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/durability/process_crash.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/observe/nothing.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/reader.hpp>
#include <commitpoint/report.hpp>
#include <commitpoint/snapshot/adaptive.hpp>
#include <commitpoint/system/native.hpp>

#include <memory>
#include <string>
#include <utility>

namespace commitpoint {

/// One root, with the policies that its mutations are carried out by. `coordinator<>` has the defaults; name only what
/// differs, in any order. Owners and readers share what is behind it, so it may be moved or go before they do.
template <class... Policies>
class coordinator {
  static_assert((detail::any_policy<Policies> && ...),
                "commitpoint: every argument of coordinator is a policy, a type that says which kind it is with "
                "'using kind = commitpoint::kind::...;'");
  static_assert(detail::count_of_kind<kind::snapshot, Policies...> <= 1, "commitpoint: two snapshot policies");
  static_assert(detail::count_of_kind<kind::journal, Policies...> <= 1, "commitpoint: two journal policies");
  static_assert(detail::count_of_kind<kind::publish, Policies...> <= 1, "commitpoint: two publish policies");
  static_assert(detail::count_of_kind<kind::durability, Policies...> <= 1, "commitpoint: two durability policies");
  static_assert(detail::count_of_kind<kind::observe, Policies...> <= 1, "commitpoint: two observe policies");
  static_assert(detail::count_of_kind<kind::system, Policies...> <= 1, "commitpoint: two system policies");

  using parts = detail::parts<Policies...>;
  static_assert(detail::sound_system<detail::chosen<kind::system, Policies...>>,
                "commitpoint: the system policy lacks something of commitpoint::system::System");
  static_assert(detail::sound_observer<detail::chosen<kind::observe, Policies...>>,
                "commitpoint: the observe policy lacks 'void operator()(const commitpoint::observe::event&) const'");
  static_assert(detail::sound_snapshot<detail::chosen<kind::snapshot, Policies...>, typename parts::system>,
                "commitpoint: the snapshot policy lacks something of commitpoint::snapshot::SnapshotStrategy");
  static_assert(detail::sound_journal<detail::chosen<kind::journal, Policies...>, typename parts::system>,
                "commitpoint: the journal policy lacks something of commitpoint::journal::JournalBackend");
  static_assert(detail::sound_publish<detail::chosen<kind::publish, Policies...>, typename parts::system>,
                "commitpoint: the publish policy lacks something of commitpoint::publish::PublishStep");
  static_assert(detail::sound_durability<detail::chosen<kind::durability, Policies...>, typename parts::system>,
                "commitpoint: the durability policy lacks something of commitpoint::durability::Durability");

 public:
  using owner_type = owner<parts>;
  using reader_type = reader<parts>;
  using mutation_type = typename owner_type::mutation_type;

  /// Opens a root, an existing directory. The state directory is made if it is not there; nothing else is touched and
  /// no lock is taken. `values` are policies with settings of their own, in any order.
  /// \errors newer_format; invalid_path or outside_root (the state directory); the system's with the path.
  template <class... Values>
  [[nodiscard]] static result<coordinator> open(path_view root, options settings = {}, Values... values) {
    static_assert(((detail::count_of_kind<typename Values::kind, Values...> == 1) && ...),
                  "commitpoint: two values for one kind of policy");
    static_assert((detail::is_part<Values, parts> && ...),
                  "commitpoint: a value of a policy that this coordinator does not have: name its type in "
                  "coordinator<...> as well");
    auto system = detail::given_or_default<typename parts::system>(values...);
    auto where = detail::open_workspace(system, std::string(root.text()), settings.state_directory);
    if (!where) return std::move(where).error().at(step::open);
    using snapshot_backend = typename parts::snapshot_backend;
    using publish_backend = typename parts::publish_backend;
    using durability_backend = typename parts::durability_backend;
    return coordinator(std::shared_ptr<engine>(new engine{
        std::move(system),
        snapshot_backend(detail::given_or_default<typename parts::snapshot_settings>(values...)),
        publish_backend(detail::given_or_default<typename parts::publish_settings>(values...)),
        durability_backend(detail::given_or_default<typename parts::durability_settings>(values...)),
        detail::given_or_default<typename parts::observer>(values...),
        detail::given_or_default<typename parts::journal_settings>(values...),
        std::move(settings),
        std::move(where).value(),
    }));
  }

  /// Waits for the exclusive lock, and for subprocesses of a dead owner that hold a lease (`mutation::lease_fd`), then
  /// drains: the tree is in a committed state when this returns.
  /// \errors lock_timeout, cancelled; unknown_compensation; would_deadlock when this thread already holds an owner or a
  /// reader of this coordinator; needs_repair; dirty_rollback and publish_incomplete when what a crash left cannot be
  /// undone or finished yet; unsupported when it is to be finished in a way that this program does not know; the
  /// system's when the journal cannot be read. After a failure nothing is held.
  [[nodiscard]] result<owner_type> acquire(const lock_options& how = {}) {
    const detail::leaving<parts> last(shared_.get());
    BOOST_OUTCOME_TRY(auto held, take(how));
    BOOST_OUTCOME_TRYV(detail::draining<parts>(*held).drain(how));
    return owner_type(std::move(held));
  }

  /// Waits for the shared lock; what a crash left is drained first. What it left in staging without a record is nothing
  /// to recover: it is removed if nobody else has to be waited for, and otherwise left to the next owner. So are leases
  /// that nobody holds any more.
  /// \errors as `acquire`.
  [[nodiscard]] result<reader_type> read(const lock_options& how = {}) {
    const detail::leaving<parts> last(shared_.get());
    report found;
    for (bool tidied = false;;) {
      BOOST_OUTCOME_TRY(auto lock, take_shared(how));
      BOOST_OUTCOME_TRY(const auto seen, look());
      if (seen.blocked && !seen.damaged) return detail::blocked_failure(*seen.blocked);
      // What is damaged is blocked by an owner, which tells the reader at its next turn.
      const bool settled = seen.mutations.empty() && !seen.damaged;
      if (settled && (tidied || !tidy_leases())) return reader_type(shared_, std::move(lock), std::move(found));
      {
        const auto released = std::move(lock);  // a shared lock cannot be made exclusive without a gap
      }
      if (settled) {
        tidied = true;
        if (auto owner = acquire({.deadline = shared_->system.steady_now(), .stop = how.stop}))
          (void)owner.value().release();
        continue;
      }
      BOOST_OUTCOME_TRY(auto owner, acquire(how));
      found = owner.recovered();
      BOOST_OUTCOME_TRYV(owner.release());
    }
  }

  /// What a drain would find now. Looks under the shared lock, waits for a running owner, changes nothing.
  /// \errors those of a journal that cannot be read; would_deadlock.
  [[nodiscard]] result<report> pending(const lock_options& how = {}) {
    const detail::leaving<parts> last(shared_.get());
    BOOST_OUTCOME_TRY(const auto lock, take_shared(how));
    BOOST_OUTCOME_TRY(auto seen, look());
    return report(std::move(seen));
  }

  /// Settles what blocks recovery, by the id that `needs_repair` and `pending` name: whatever was pending is given up
  /// as it stands, its evidence stays in the quarantine, and mutations can run again.
  /// \errors ENOENT when nothing of that id blocks; as `acquire` for the lock.
  [[nodiscard]] result<report> accept(const std::string& id, const lock_options& how = {}) {
    const detail::leaving<parts> last(shared_.get());
    BOOST_OUTCOME_TRY(auto held, take(how));
    BOOST_OUTCOME_TRYV(detail::wait_for_subprocesses(*held, how));
    return detail::quarantining<parts>(*held).accept(id);
  }

  /// A private directory for a worker to fill while others hold the lock, or nobody does; `mutation::publish` of this
  /// coordinator's owners takes what is to stay out of it. May be called from several threads at once.
  /// \errors not_owner (this coordinator was moved from); the system's.
  [[nodiscard]] result<commitpoint::lease> lease() {
    if (!shared_) return errc::not_owner;
    return detail::make_lease(shared_);
  }

  /// The system policy, for what an application wants to know of it.
  [[nodiscard]] auto& system() noexcept { return shared_->system; }
  /// The observer, as it was given or made.
  [[nodiscard]] const auto& observer() const noexcept { return shared_->observer; }

 private:
  using engine = detail::engine<parts>;
  using system_type = typename parts::system;
  using lock_type = detail::held_lock<system_type>;

  struct seen_report : report {
    bool damaged = false;
  };

  explicit coordinator(std::shared_ptr<engine> shared) : shared_(std::move(shared)) {}

  [[nodiscard]] result<void> refuse_deadlock() const {
    if (!shared_) return errc::not_owner;  // it was moved from
    if (!shared_->threads->has(std::this_thread::get_id())) return success();
    return failure(make_error_code(errc::would_deadlock)).at(step::lock);
  }

  result<std::unique_ptr<detail::session<parts>>> take(const lock_options& how) {
    BOOST_OUTCOME_TRYV(refuse_deadlock());
    shared_->say(step::lock);
    BOOST_OUTCOME_TRY(auto lock, detail::take_lock(shared_->system, shared_->where, system::lock_mode::exclusive, how));
    BOOST_OUTCOME_TRY(auto journal, shared_->open_journal());
    return std::make_unique<detail::session<parts>>(shared_, std::move(lock), std::move(journal));
  }

  result<lock_type> take_shared(const lock_options& how) {
    BOOST_OUTCOME_TRYV(refuse_deadlock());
    shared_->say(step::lock);
    return detail::take_lock(shared_->system, shared_->where, system::lock_mode::shared, how);
  }

  // Under a lock, with nothing pending: removes leases that nobody holds any more, which needs no owner. Whether there
  // is staging of a mutation that ended before its first record, which does.
  [[nodiscard]] bool tidy_leases() {
    const auto staged = shared_->system.list(shared_->where.staging);
    if (!staged) return false;
    for (const auto& entry : staged.value()) {
      if (detail::is_lease_name(entry.name)) (void)detail::reap_lease(*shared_, entry.name);
    }
    return detail::has_staged_mutations(staged.value());
  }

  // Under a lock: what is pending, or what blocks.
  result<seen_report> look() {
    seen_report seen;
    BOOST_OUTCOME_TRY(seen.blocked, detail::read_blocked(shared_->system, shared_->where));
    if (seen.blocked) return seen;
    BOOST_OUTCOME_TRY(auto journal, shared_->open_journal());
    BOOST_OUTCOME_TRY(const auto found, detail::read_pending(*shared_, journal));
    if (!found.damage.empty()) {
      seen.damaged = true;
      seen.blocked = blockage{"", found.damage, ""};
      return seen;
    }
    for (const auto& p : found.folded.pending) seen.mutations.push_back(p.summary());
    return seen;
  }

  std::shared_ptr<engine> shared_;
};

}  // namespace commitpoint
