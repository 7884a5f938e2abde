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
///     after a crash: drain: no commit record --rollback--> rolled back;  commit record --roll_forward--> retired;
///                    evidence missing or damaged --block--> blocked --accept--> settled, evidence in quarantine

#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/config.hpp>
#include <commitpoint/detail/called_elsewhere.hpp>
#include <commitpoint/detail/pack.hpp>
#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/durability/process_crash.hpp>
#include <commitpoint/journal/log.hpp>
#include <commitpoint/observe/nothing.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/snapshot/adaptive.hpp>
#include <commitpoint/system/native.hpp>

#include <memory>
#include <string>
#include <type_traits>
#include <utility>

namespace commitpoint {

/// One root, with the policies that its mutations are carried out by. `coordinator<>` has the defaults; name only what
/// differs, in any order. Owners and readers share what is behind it, so it may be moved or go before they do.
template <class... Policies>
class coordinator : public any_coordinator {
  static_assert((detail::is_complete<Policies> && ...),
                "commitpoint: an argument of coordinator is declared and nothing more: include its header");
  static_assert(((detail::any_policy<Policies> || !detail::is_complete<Policies>)&&...),
                "commitpoint: every argument of coordinator is a policy, a type that says which kind it is with "
                "'using kind = commitpoint::kind::...;', or derives from what its kind must do");
  // Of a policy that lacks a function of its interface the compiler names the function here.
  static_assert(
      ((sizeof(new detail::complete_or_int<Policies>(std::declval<const detail::complete_or_int<Policies>&>())) != 0) &&
       ...));
  static_assert(detail::count_of_kind<kind::snapshot, Policies...> <= 1, "commitpoint: two snapshot policies");
  static_assert(detail::count_of_kind<kind::journal, Policies...> <= 1, "commitpoint: two journal policies");
  static_assert(detail::count_of_kind<kind::publish, Policies...> <= 1, "commitpoint: two publish policies");
  static_assert(detail::count_of_kind<kind::durability, Policies...> <= 1, "commitpoint: two durability policies");
  static_assert(detail::count_of_kind<kind::observe, Policies...> <= 1, "commitpoint: two observe policies");
  static_assert(detail::count_of_kind<kind::system, Policies...> <= 1, "commitpoint: two system policies");

  using chosen = detail::chosen_policies<Policies...>;

 public:
  using system_type = typename chosen::system;
  using observer_type = typename chosen::observer;
  using mutation_type = typename detail::mutation_of<typename chosen::journal>::type;
  using owner_type = std::conditional_t<std::is_same_v<mutation_type, mutation>, owner, owner_with<mutation_type>>;
  using reader_type = reader;

  /// Opens a root, an existing directory. The state directory is made if it is not there; nothing else is touched and
  /// no lock is taken. `values` are policies with settings of their own, in any order.
  /// \errors newer_format; invalid_path or outside_root (the state directory); the system's with the path.
  template <class... Values>
  static result<coordinator> open(path_view root, const options& settings = {}, const Values&... values) {
    static_assert(((detail::count_of_kind<detail::kind_of<Values>, Values...> == 1) && ...),
                  "commitpoint: two values for one kind of policy");
    static_assert((detail::is_chosen<Values, chosen> && ...),
                  "commitpoint: a value of a policy that this coordinator does not have: name its type in "
                  "coordinator<...> as well");
#ifndef COMMITPOINT_COMPILED
    static_cast<void>(&detail::called_elsewhere<coordinator>::functions);
#endif
    BOOST_OUTCOME_TRY(auto opened, any_coordinator::open(root, settings, chosen::make(values...)));
    return coordinator(std::move(opened));
  }

  /// Waits for the exclusive lock, and for subprocesses of a dead owner that hold a lease (`mutation::lease_fd`), then
  /// drains: the tree is in a committed state when this returns.
  /// \errors untrusted_owner; lock_timeout, cancelled; unknown_compensation; would_deadlock when this thread already
  /// holds an owner or a reader of this coordinator; needs_repair; dirty_rollback and publish_incomplete when what a
  /// crash left cannot be undone or finished yet; unsupported when it is to be finished in a way that this program does
  /// not know; the system's when the journal cannot be read. After a failure nothing is held.
  result<owner_type> acquire(const lock_options& how = {}) {
    BOOST_OUTCOME_TRY(auto held, any_coordinator::acquire(how));
    return owner_type(std::move(held));
  }

  /// The system policy, for what an application wants to know of it.
  [[nodiscard]] system_type& system() const noexcept { return static_cast<system_type&>(*parts().system); }
  /// The observer, as it was given or made.
  [[nodiscard]] const observer_type& observer() const noexcept {
    return detail::callable_of<observer_type>(parts().observer.get());
  }

 private:
  explicit coordinator(any_coordinator&& opened) noexcept : any_coordinator(std::move(opened)) {}
};

}  // namespace commitpoint

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/implementation.ipp>
#endif
