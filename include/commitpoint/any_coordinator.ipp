#pragma once

#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/detail/recovery/drain.hpp>
#include <commitpoint/detail/root/advice.hpp>
#include <commitpoint/detail/root/journal_kind.hpp>
#include <commitpoint/detail/root/leasing.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/root/shared_session.hpp>
#include <commitpoint/detail/root/subprocess_lease.hpp>
#include <commitpoint/owner.ipp>
#include <commitpoint/reader.ipp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <thread>
#include <utility>

namespace commitpoint {

namespace detail {

// What calls on a coordinator that was moved from give.
[[nodiscard]] COMMITPOINT_INLINE failure moved_from() {
  return {make_error_code(errc::not_owner), {}, "the coordinator was moved from"};
}

// The failure of a call of a coordinator, with the root.
[[nodiscard]] COMMITPOINT_INLINE failure of_root(const std::shared_ptr<opened_root>& shared, failure why) {
  why = advised(std::move(why));
  return shared ? std::move(why).under(shared->where.root_path) : why;
}

// Takes and looks at one root for the calls of a coordinator.
class root_access {
 public:
  explicit root_access(std::shared_ptr<opened_root> shared) : shared_(std::move(shared)), last_(shared_.get()) {}

  result<std::unique_ptr<session>> take(const lock_options& how) {
    BOOST_OUTCOME_TRYV(refuse_deadlock());
    BOOST_OUTCOME_TRYV(shared_->owners.check_directory());  // or the lock file would be made in it
    shared_->say(step::lock);
    BOOST_OUTCOME_TRY(auto lock, take_lock(shared_->system, shared_->where, system::lock_mode::exclusive, how));
    BOOST_OUTCOME_TRYV(check_own_files());
    BOOST_OUTCOME_TRY(auto journal, shared_->open_journal());
    BOOST_OUTCOME_TRYV(shared_->owners.check_files(journal->evidence()));
    return std::make_unique<session>(shared_, std::move(lock), std::move(journal),
                                     shared_->system.cache_identity(shared_->where.state));
  }

  // Takes it, and drains.
  result<std::unique_ptr<session>> acquire(const lock_options& how) {
    BOOST_OUTCOME_TRYV(refuse_deadlock());
    auto held = take_settled(how);
    if (!held) {
      BOOST_OUTCOME_TRY(held, take(how));
    }
    BOOST_OUTCOME_TRYV(drain(*held).run(how));
    held->enter();
    return held;
  }

  result<std::unique_ptr<shared_session>> read(const lock_options& how) {
    BOOST_OUTCOME_TRYV(refuse_deadlock());
    report found;
    if (auto settled = look_at_settled(how)) return settled;
    for (bool tidied = false;;) {
      BOOST_OUTCOME_TRY(auto lock, take_shared(how));
      BOOST_OUTCOME_TRY(const auto seen, look(lock));
      if (seen.is_final) return blocked_failure(*seen.standing);
      // What is damaged is blocked by an owner, which tells the reader at its next turn; and what blocked is lifted.
      const bool settled = (seen.mutations.empty() || seen.is_visible) && !seen.damaged && !seen.standing;
      if (settled && (tidied || !is_trusted_ || seen.is_visible || !tidy_leases())) {
        return std::make_unique<shared_session>(shared_, std::move(lock), std::move(found));
      }
      {
        const auto released = std::move(lock);  // a shared lock cannot be made exclusive without a gap
      }
      if (settled) {
        tidied = true;
        if (auto held = acquire({.deadline = shared_->system.steady_now(), .stop = how.stop})) {
          (void)release(*held.value());
        }
        continue;
      }
      auto held = acquire(how);
      if (!held) return if_only_looking(std::move(held).error());
      found = held.value()->recovered;
      BOOST_OUTCOME_TRYV(release(*held.value()));
    }
  }

  result<report> pending(const lock_options& how) {
    BOOST_OUTCOME_TRY(const auto lock, take_shared(how));
    BOOST_OUTCOME_TRY(auto seen, look(lock));
    return report(std::move(seen));
  }

  result<report> verify(const lock_options& how) {
    BOOST_OUTCOME_TRY(const auto held, take(how));
    return drain(*held).look(how);
  }

  result<report> accept(const std::string& id, const lock_options& how) {
    BOOST_OUTCOME_TRY(auto held, take(how));
    BOOST_OUTCOME_TRYV(is_of_this_journal(*shared_, held->journal()));
    BOOST_OUTCOME_TRYV(wait_for_subprocesses(*held, how));
    return quarantine(*held).accept(id);
  }

 private:
  // What a sound mark says of the tree, if it vouches for all that is not looked at; the journal goes on where it
  // ended.
  struct vouched {
    settled_mark mark;
    std::unique_ptr<journal::backend> journal;
    bool has_staging = true;
  };

  // The state directory by its name, so that it is known to be in its place; then what lies in it and is read.
  std::optional<vouched> vouch(const free_lock& taken, bool looks_only) {
    const auto& where = shared_->where;
    if (!shared_->owners.trusts_nobody_else()) return std::nullopt;
    const auto state = status_beneath_root(where.state_directory);
    if (!state || state.value().inode != where.state_status.inode ||
        state.value().device != where.state_status.device) {
      return std::nullopt;
    }
    if (!shared_->owners.is_own(state.value()) || !shared_->owners.is_own(taken.file, state.value()))
      return std::nullopt;
    auto found = taken.lock.mark().sound;
    if (!found || !found->vouched || found->cache.empty()) return std::nullopt;
    auto journal = looks_only ? shared_->open_journal_to_look(true) : shared_->open_journal();
    if (!journal) return std::nullopt;
    const vouched_state now{shared_->system.user(), state.value().modified, state.value().changed,
                            journal.value()->identity()};
    if (*found->vouched != now || found->cache != shared_->system.cache_identity(where.state)) return std::nullopt;
    const auto staging = shared_->system.status(where.staging);
    if (!staging || !shared_->owners.is_own(staging.value(), state.value())) return std::nullopt;
    const auto same = journal.value()->go_on(found->bookmark);
    if (!same || !same.value()) return std::nullopt;
    const bool is_empty = where.counts_directories && staging.value().links == 2;
    if (looks_only || !is_empty) {  // it shows what it relies on, or removes what nobody speaks of
      const auto all = journal.value()->saw_all();
      if (!all || !all.value()) return std::nullopt;
    }
    return vouched{*std::move(found), std::move(journal).value(), !is_empty};
  }
  result<system::file_status> status_beneath_root(const std::string& plain) {
    if (plain.find('/') != std::string::npos) return status_beneath(shared_->system, shared_->where.root, plain);
    return shared_->system.status(shared_->where.root, plain);
  }

  // An owner of a tree that was left settled, in the fewest calls. None where anything is unusual, or would have to be
  // waited for.
  std::unique_ptr<session> take_settled(const lock_options& how) {
    if (how.stop.stop_requested()) return nullptr;
    auto taken = take_free_lock(shared_->system, shared_->where, system::lock_mode::exclusive);
    if (!taken) return nullptr;
    auto sound = vouch(*taken, false);
    if (!sound) return nullptr;
    say_settled();
    auto held =
        std::make_unique<session>(shared_, std::move(taken->lock), std::move(sound->journal), sound->mark.cache);
    held->go_on(sound->mark, sound->has_staging);
    return held;
  }

  // The same for a reader, where nothing has to be tidied.
  std::unique_ptr<shared_session> look_at_settled(const lock_options& how) {
    if (how.stop.stop_requested()) return nullptr;
    auto taken = take_free_lock(shared_->system, shared_->where, system::lock_mode::shared);
    if (!taken) return nullptr;
    const auto sound = vouch(*taken, true);
    if (!sound || sound->has_staging) return nullptr;
    say_settled();
    return std::make_unique<shared_session>(shared_, std::move(taken->lock), report{});
  }

  // The same steps as where more has to be done for them.
  void say_settled() {
    shared_->say(step::lock);
    shared_->say(step::drain_read);
  }

  struct seen_report : report {
    bool damaged = false;
    std::optional<standing_blockage> standing = {};
    bool is_final = false;    // the journal need not be read: what stands does not pass
    bool is_visible = false;  // what is pending is published, and nothing of it can have been lost yet
  };

  [[nodiscard]] result<void> refuse_deadlock() const {
    if (!shared_) return moved_from();
    if (!shared_->threads->has(std::this_thread::get_id())) return success();
    return failure(make_error_code(errc::would_deadlock), {}, "give back the owner or the reader that it has first")
        .at(step::lock);
  }

  result<held_lock> take_shared(const lock_options& how) {
    BOOST_OUTCOME_TRYV(refuse_deadlock());
    BOOST_OUTCOME_TRY(is_trusted_, does_trust(shared_->owners.check_directory()));
    shared_->say(step::lock);
    return take_lock(shared_->system, shared_->where, system::lock_mode::shared, how, is_trusted_);
  }

  // A stranger's tree is looked at, and nothing of it carried out; what is pending is no owner's of this process.
  static result<bool> does_trust(result<void> checked) {
    if (checked || checked.error() == errc::untrusted_owner) return static_cast<bool>(checked);
    return std::move(checked).error();
  }

  // Why a reader who may not write cannot see a committed state.
  static failure if_only_looking(failure why) {
    if (why != std::errc::read_only_file_system && why != std::errc::permission_denied) return why;
    return std::move(why).advising(
        "something is pending here, and whoever settles it has to write: let somebody who may write here read first");
  }

  result<void> check_own_files() {
    return shared_->owners.check_files(
        {names::format, names::lock, names::turnstile, names::staging, names::blocked, journal::kind_file::name});
  }

  static result<void> release(session& held) {
    if (!held.usable()) return success();
    held.say(step::release);
    return held.settle();
  }

  // Under a lock, with nothing pending: removes leases that nobody holds any more, which needs no owner. Whether there
  // is staging of a mutation that ended before its first record, which does.
  [[nodiscard]] bool tidy_leases() {
    const auto staged = shared_->system.list(shared_->where.staging);
    if (!staged) return false;
    for (const auto& entry : staged.value()) {
      if (is_lease_name(entry.name)) (void)reap_lease(*shared_, entry.name);
    }
    return has_staged_mutations(staged.value());
  }

  // Under a lock: what is pending, or what blocks.
  result<seen_report> look(const held_lock& lock) {
    seen_report seen;
    BOOST_OUTCOME_TRY(const bool own, does_trust(check_own_files()));
    is_trusted_ = is_trusted_ && own;
    BOOST_OUTCOME_TRY(seen.standing, read_blocked(shared_->system, shared_->where));
    seen.is_final = seen.standing && !seen.standing->may_pass;
    if (seen.is_final) {
      seen.blocked = *seen.standing;
      return seen;
    }
    BOOST_OUTCOME_TRY(const auto journal, open_journal_to_look());
    BOOST_OUTCOME_TRYV(is_of_this_journal(*shared_, *journal));
    shared_->say(step::drain_read);
    const auto mark = lock.mark();
    if (!seen.standing && mark.sound && !mark.sound->cache.empty() &&
        mark.sound->cache == shared_->system.cache_identity(shared_->where.state)) {
      auto settled = journal->resume(mark.sound->bookmark);
      if (!settled) return unreadable(std::move(settled).error(), *shared_);
      seen.is_visible = settled.value() && mark.sound->unretired != 0;
      if (settled.value()) return seen;
    }
    BOOST_OUTCOME_TRY(const auto found, read_pending(*shared_, *journal));
    if (!found.damage.empty()) {
      seen.damaged = true;
      seen.blocked = blockage{"", found.damage, ""};
      if (seen.standing) seen.blocked = {seen.standing->id, found.damage, seen.standing->evidence};
      return seen;
    }
    for (const auto& p : found.folded.pending) seen.mutations.push_back(p.summary());
    BOOST_OUTCOME_TRY(seen.is_visible, are_visible(found.folded.pending));
    return seen;
  }

  // Whether readers see all of what is pending: it is published, no power cut came between, and no subprocess of its
  // owner can be at work.
  result<bool> are_visible(const std::vector<pending_mutation>& pending) {
    const auto cache = shared_->system.cache_identity(shared_->where.state);
    for (const auto& p : pending) {
      if (!p.committed || !p.published || !p.is_visible(cache)) return false;
      const auto lease = joined(staging_name(p.number), lease_name);
      BOOST_OUTCOME_TRY(const auto there, status_beneath(shared_->system, shared_->where.staging, lease));
      if (there.type != node::none) return false;
    }
    return !pending.empty();
  }

  // Which files it is made of it says when it is open; until something is read of them, that does nothing.
  result<std::unique_ptr<journal::backend>> open_journal_to_look() {
    BOOST_OUTCOME_TRY(auto journal, shared_->open_journal_to_look(is_trusted_));
    BOOST_OUTCOME_TRY(const bool own, does_trust(shared_->owners.check_files(journal->evidence())));
    if (own || !is_trusted_) return journal;
    is_trusted_ = false;
    return shared_->open_journal_to_look(false);
  }

  std::shared_ptr<opened_root> shared_;
  const leaving last_;
  bool is_trusted_ = true;  // whether what is looked at may be carried out
};

}  // namespace detail

COMMITPOINT_INLINE result<any_coordinator> any_coordinator::open(path_view root, options settings,
                                                                 working_parts parts) {
  auto where =
      detail::open_workspace(*parts.system, std::string(root.text()), settings.state_directory, settings.trust);
  if (!where) return detail::advised(std::move(where).error()).at(step::open).under(root.text());
  return any_coordinator(
      std::make_shared<detail::opened_root>(std::move(parts), std::move(settings), std::move(where).value()));
}

COMMITPOINT_INLINE result<owner> any_coordinator::acquire(const lock_options& how) {
  auto held = detail::root_access(shared_).acquire(how);
  if (!held) return detail::of_root(shared_, std::move(held).error());
  return owner(std::move(held).value());
}

COMMITPOINT_INLINE result<reader> any_coordinator::read(const lock_options& how) {
  auto held = detail::root_access(shared_).read(how);
  if (!held) return detail::of_root(shared_, std::move(held).error());
  return reader(std::move(held).value());
}

COMMITPOINT_INLINE result<report> any_coordinator::pending(const lock_options& how) {
  auto seen = detail::root_access(shared_).pending(how);
  if (!seen) return detail::of_root(shared_, std::move(seen).error());
  return seen;
}

COMMITPOINT_INLINE result<report> any_coordinator::verify(const lock_options& how) {
  auto seen = detail::root_access(shared_).verify(how);
  if (!seen) return detail::of_root(shared_, std::move(seen).error());
  return seen;
}

COMMITPOINT_INLINE result<report> any_coordinator::accept(const std::string& id, const lock_options& how) {
  auto settled = detail::root_access(shared_).accept(id, how);
  if (!settled) return detail::of_root(shared_, std::move(settled).error());
  return settled;
}

COMMITPOINT_INLINE result<commitpoint::lease> any_coordinator::lease() {
  if (!shared_) return detail::moved_from();
  auto made = detail::make_lease(shared_);
  if (!made) return detail::of_root(shared_, std::move(made).error());
  return made;
}

COMMITPOINT_INLINE std::size_t any_coordinator::most_leases() const {
  constexpr std::uint64_t for_the_rest = 24;
  const std::uint64_t limit = shared_ ? shared_->system.most_handles() : 0;
  const auto left = limit > for_the_rest ? (limit - for_the_rest) / 3 : 0;
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(left, 1, std::numeric_limits<std::size_t>::max()));
}

COMMITPOINT_INLINE const working_parts& any_coordinator::parts() const noexcept { return shared_->parts; }

}  // namespace commitpoint
