#pragma once

/// \file
/// Bringing the tree to a committed state, by the journal alone.
///
///     blocked?  read  ->  wait for subprocesses of a dead owner  ->  nothing pending: reap orphans, done
///               verify everything that the decisions need     nothing was touched until here
///               decide: a new generation that carries all of it, durable
///               undo the uncommitted, newest first; finish the committed, in order
///               barrier  ->  rolled_back and retired records, durable  ->  remove backups and staging
///
/// Every step may be interrupted and is then repeated by the next drain, which reads the same decisions.

#include <commitpoint/detail/records/pending.hpp>
#include <commitpoint/detail/recovery/quarantine.hpp>
#include <commitpoint/detail/recovery/read_pending.hpp>
#include <commitpoint/detail/recovery/roll_forward.hpp>
#include <commitpoint/detail/root/journal_kind.hpp>
#include <commitpoint/detail/root/leasing.hpp>
#include <commitpoint/detail/root/subprocess_lease.hpp>
#include <commitpoint/detail/undo/rollback.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Brings a root to a committed state, under the exclusive lock.
class drain {
 public:
  explicit drain(session& by) : by_(by) {}

  /// \errors lock_timeout and cancelled while subprocesses of a dead owner are waited for; needs_repair; dirty_rollback
  /// and publish_incomplete when an effect of the drain failed (the next one tries again); those of a journal that
  /// cannot be read.
  result<void> run(const lock_options& how = {}) {
    if (by_.is_vouched()) return tidy(how);
    BOOST_OUTCOME_TRY(const auto standing, read_blocked(by_.system(), by_.where()));
    if (standing && !standing->may_pass) return blocked_failure(*standing);
    BOOST_OUTCOME_TRY(const bool is_known, is_of_this_journal(by_.shared(), by_.journal()));
    BOOST_OUTCOME_TRY(const bool settled, resumed(by_, standing.has_value()));
    found_pending found{.folded = {}, .begun = settled, .damage = {}};
    if (!settled) {
      BOOST_OUTCOME_TRY(found, read_pending(by_.shared(), by_.journal()));
      if (!found.damage.empty()) return block(standing, found);
      by_.next_number = found.folded.next_number;
    }
    if (standing) {
      BOOST_OUTCOME_TRYV(quarantine(by_).lift());
    }
    pending_ = std::move(found.folded.pending);
    if (!is_known) {
      BOOST_OUTCOME_TRYV(remember_journal(by_, pending_));
    }
    BOOST_OUTCOME_TRY(const auto staged, by_.system().list(by_.where().staging));
    BOOST_OUTCOME_TRYV(wait_for_subprocesses(by_, how, staged));
    if (pending_.empty()) return tidy(staged, found.begun);
    for (auto& p : pending_) p.drop_undone(by_.cache());
    BOOST_OUTCOME_TRYV(require_tools());
    BOOST_OUTCOME_TRY(const auto obstacle, verify());
    if (!obstacle.empty()) return quarantine(by_).block(obstacle);
    BOOST_OUTCOME_TRYV(begin_generation());
    BOOST_OUTCOME_TRYV(carry_out());
    return settle();
  }

  /// Looks at all that `run` would rely on, and changes nothing: what is pending, and what would block.
  /// \errors lock_timeout and cancelled while subprocesses of a dead owner are waited for; unknown_compensation and
  /// unsupported where the program lacks what the drain needs; those of a journal that cannot be read.
  result<report> look(const lock_options& how) {
    report seen;
    BOOST_OUTCOME_TRY(const auto standing, read_blocked(by_.system(), by_.where()));
    if (standing && !standing->may_pass) {
      seen.blocked = *standing;
      return seen;
    }
    BOOST_OUTCOME_TRYV(is_of_this_journal(by_.shared(), by_.journal()));
    by_.say(step::drain_read);
    BOOST_OUTCOME_TRY(auto found, read_pending(by_.shared(), by_.journal()));
    std::string obstacle = std::move(found.damage);
    if (obstacle.empty()) {
      pending_ = std::move(found.folded.pending);
      BOOST_OUTCOME_TRY(const auto staged, by_.system().list(by_.where().staging));
      BOOST_OUTCOME_TRYV(wait_for_subprocesses(by_, how, staged));
      if (pending_.empty() && !found.begun && has_staged_mutations(staged)) obstacle = unexplained_staging;
      for (auto& p : pending_) {
        p.drop_undone(by_.cache());
        seen.mutations.push_back(p.summary());
      }
      if (obstacle.empty()) {
        BOOST_OUTCOME_TRYV(require_tools());
        BOOST_OUTCOME_TRY(obstacle, verify());
      }
    }
    if (obstacle.empty()) return seen;
    seen.blocked = standing ? blockage{standing->id, obstacle, standing->evidence} : blockage{"", obstacle, ""};
    return seen;
  }

 private:
  static constexpr auto unexplained_staging = "there is staging, and no journal that could say what it is for";

  // Where a mark says that nothing is pending.
  result<void> tidy(const lock_options& how) {
    if (!by_.has_staging()) return tidy({}, true);
    BOOST_OUTCOME_TRY(const auto staged, by_.system().list(by_.where().staging));
    BOOST_OUTCOME_TRYV(wait_for_subprocesses(by_, how, staged));
    return tidy(staged, true);
  }
  // With nothing pending: what is staged is nobody's.
  result<void> tidy(const std::vector<system::directory_entry>& staged, bool begun) {
    const auto taken_over = by_.unretired ? staging_name(by_.unretired->number) : std::string();
    const bool orphans = has_staged_mutations(staged, taken_over);
    if (orphans && !begun) {
      return quarantine(by_).block(unexplained_staging);
    }
    if (!begun || by_.journal().is_full()) {
      BOOST_OUTCOME_TRYV(by_.retire_now());
      BOOST_OUTCOME_TRYV(begin_generation());
    } else if (orphans || (promises_durability() && !by_.journal().is_known_durable())) {
      // What says that they are not needed was readable; it has to be durable before they go. And without a journal
      // that stays, what is staged from now on would be staging that nobody can explain.
      BOOST_OUTCOME_TRYV(by_.sync_journal());
    }
    return reap(staged, taken_over);
  }

  [[nodiscard]] bool promises_durability() const { return by_.shared().durability.survives_power_loss(); }

  // What is missing may have been blocked on before.
  result<void> block(std::optional<standing_blockage> standing, const found_pending& found) {
    if (!standing || !found.may_pass) return quarantine(by_).block(found.damage, found.may_pass);
    standing->reason = found.damage;
    return blocked_failure(*standing);
  }

  // What the program has to bring. Not a blockage: one that brings it can go on.
  result<void> require_tools() {
    for (const auto& p : pending_) {
      if (p.committed) continue;
      for (const auto& u : p.undo) {
        if (u.how == undo_entry::way::restore_database && database_tool() == nullptr) {
          return no_database_tool(u.path).at(step::drain_verify).in(p.number);
        }
        if (u.how != undo_entry::way::compensate || by_.can_compensate(u.compensation)) continue;
        return failure(make_error_code(errc::unknown_compensation), {},
                       "a mutation that was interrupted ('" + p.operation + "') needs '" + u.compensation +
                           "'; nothing was touched; open with it in options::compensations, and acquire again")
            .at(step::drain_verify)
            .in(p.number);
      }
    }
    return success();
  }

  // Everything that the decisions need. Gives what is missing, for people.
  result<std::string> verify() {
    by_.say(step::drain_verify);
    for (const auto& p : pending_) {
      BOOST_OUTCOME_TRYV(by_.shared().owners.check_files({joined(names::staging, staging_name(p.number))}));
      if (p.durability == "process_crash" && !p.is_visible(by_.cache())) {
        return "mutation " + std::to_string(p.number) +
               " was written without barriers, and the power may have been cut since";
      }
      if (p.committed) {
        BOOST_OUTCOME_TRY(auto reason, roll_forward(by_, p, by_.recovered).missing());
        if (!reason.empty()) return "mutation " + std::to_string(p.number) + ": " + reason;
        continue;
      }
      const auto needed = needed_entries(p.undo);
      const auto restored = restored_before(needed);
      for (const auto* entry : needed) {
        const auto& u = *entry;
        if (u.how == undo_entry::way::restore_length && !restored.contains(entry)) {
          BOOST_OUTCOME_TRY(const bool grew, only_grew(u));
          if (!grew) {
            return "mutation " + std::to_string(p.number) + ": '" + u.path +
                   "' was only to grow, and what stood there before is not there any more";
          }
        }
        BOOST_OUTCOME_TRY(auto reason, fault_of_backups(p, u));
        if (!reason.empty()) return "mutation " + std::to_string(p.number) + ": " + reason;
      }
    }
    return std::string{};
  }

  // There is no backup of it but the file itself.
  result<bool> only_grew(const undo_entry& u) {
    BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, u.path));
    if (live.type != node::regular || live.size < u.end.offset) return false;
    BOOST_OUTCOME_TRY(const auto file, open_beneath(by_.system(), by_.where().root, u.path, {}));
    return has_end(by_.system(), file, u.end);
  }

  // Why what saved a file, a tree or a database cannot be relied on, for people; empty when it can.
  result<std::string> fault_of_backups(const pending_mutation& p, const undo_entry& u) {
    const bool is_database = u.how == undo_entry::way::restore_database;
    if (u.how != undo_entry::way::restore_file && u.how != undo_entry::way::restore_tree && !is_database) {
      return std::string{};
    }
    const auto missing = "the backup of '" + u.path + "' is missing or altered";
    auto area = by_.system().open(by_.where().staging, staging_name(p.number), {.directory = true});
    if (!area) return absence_as(missing, area.error());
    if (is_database) {
      BOOST_OUTCOME_TRY(const bool whole, is_whole_database(by_.system(), area.value(), u));
      return whole ? std::string{} : missing;
    }
    if (u.how == undo_entry::way::restore_file) return fault_of_backup(u.path, area.value(), u);
    tree_snapshot snapshot(by_);
    auto manifest = snapshot.read(area.value(), u.backup, u.evidence);
    if (!manifest && manifest.error() == errc::journal_corrupt) return missing;
    if (!manifest) return absence_as(missing, manifest.error());
    auto backups = by_.system().open(area.value(), u.backup, {.directory = true});
    if (!backups) return absence_as(missing, backups.error());
    for (const auto& m : manifest.value()) {
      if (m.backup.empty()) continue;
      BOOST_OUTCOME_TRY(auto fault, fault_of_backup(joined(u.path, m.path), backups.value(), m));
      if (!fault.empty()) return fault;
    }
    return std::string{};
  }

  // `was` is an undo_entry or a manifest_entry.
  template <class Backup>
  result<std::string> fault_of_backup(const std::string& plain, const system::handle& backups, const Backup& was) {
    auto whole = is_whole_backup(by_.shared(), backups, was.backup, was.about, was.evidence);
    if (whole) return whole.value() ? std::string{} : "the backup of '" + plain + "' is missing or altered";
    // These do not pass by themselves. Any other error may.
    const bool lasts = whole.error() == errc::snapshot_violated || whole.error() == errc::unsupported;
    if (!lasts) return std::move(whole).error().on(plain);
    return std::move(whole).error().on(plain).message();
  }

  // Missing is an answer; everything else is an error that may pass.
  [[nodiscard]] static result<std::string> absence_as(const std::string& answer, const failure& f) {
    if (says_absent(f)) return answer;
    return f;
  }

  // The decisions: what has a commit record is finished, what has none is undone. What was read need not have been
  // durable; written again here and synced, it is.
  result<void> begin_generation() {
    by_.say(step::drain_decide);
    std::vector<journal::record> carried;
    for (auto& p : pending_) std::ranges::move(p.records, std::back_inserter(carried));
    auto begun =
        by_.begin_generation(by_.next_number, encode_generation(carried, by_.where().root_id), promises_durability());
    if (!begun) return std::move(begun).error().at(step::drain_decide);
    return success();
  }

  result<void> carry_out() {
    for (auto p = pending_.rbegin(); p != pending_.rend(); ++p) {
      if (p->committed) continue;
      by_.say(step::drain_undo, p->number);
      rollback undo(by_, p->number, rollback::when::after_crash, 0, p->is_visible(by_.cache()), by_.recovered);
      auto done = undo.undo_all(p->undo);
      for (const auto& u : p->undone) {
        if (done) done = undo.note(u);
      }
      if (done) done = barrier(undo.touched());
      if (!done) return unfinished(errc::dirty_rollback, outcome::dirty, *p, done.error());
    }
    for (const auto& p : pending_) {
      if (!p.committed) continue;
      by_.say(step::drain_redo, p.number);
      roll_forward finish(by_, p, by_.recovered);
      auto done = finish.finish();
      if (done) done = barrier(finish.changed());
      if (!done) return unfinished(errc::publish_incomplete, outcome::unfinished, p, done.error());
    }
    return success();
  }

  result<void> barrier(const sync_set& set) {
    BOOST_OUTCOME_TRYV(by_.shared().durability.barrier(by_.system(), set));
    return success();
  }

  [[nodiscard]] static failure unfinished(errc code, outcome holds, const pending_mutation& p, const failure& why) {
    auto f = failure(make_error_code(code), why.path(),
                     "caused by: " + why.message() + "; put right what it names, and acquire again");
    return std::move(f).at(why.step).in(p.number).with(holds);
  }

  result<void> settle() {
    using kind = journal::record_kind;
    by_.say(step::drain_finish);
    for (const auto& p : pending_) {
      if (!p.committed) continue;  // what an undone one had outside staging is gone already
      auto siblings = siblings_of(p.undo);
      BOOST_OUTCOME_TRYV(by_.remove_siblings(siblings));
      BOOST_OUTCOME_TRYV(remove_scratch(p));
    }
    for (const auto& p : pending_) {
      BOOST_OUTCOME_TRYV(by_.append(p.committed ? kind::retired : kind::rolled_back, p.number, by_.body()));
    }
    BOOST_OUTCOME_TRYV(by_.sync_journal());
    for (const auto& p : pending_) {
      by_.remove_staging(p.number);
      by_.recovered.mutations.push_back(p.summary());
    }
    BOOST_OUTCOME_TRY(const auto staged, by_.system().list(by_.where().staging));
    return reap(staged);
  }

  // The private directories that a committed mutation had elsewhere. It removed them before it was published, though a
  // power cut may have brought them back; another one that has such a name since then is somebody's.
  result<void> remove_scratch(const pending_mutation& p) {
    const bool same_cache = p.is_visible(by_.cache());
    if (p.published && same_cache) return success();
    std::vector<undo_entry> scratch;
    for (const auto& u : p.undo) {
      if (u.record != journal::record_kind::scratch) continue;
      if (p.published && u.state.inode != 0) {
        BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, u.path));
        if (live.inode != u.state.inode || live.born != u.born) continue;
      }
      scratch.push_back(u);
      scratch.back().parent_modified.reset();
    }
    if (scratch.empty()) return success();
    rollback undo(by_, p.number, rollback::when::after_crash, 0, same_cache, by_.recovered);
    BOOST_OUTCOME_TRYV(undo.undo_all(scratch));
    return barrier(undo.touched());
  }

  // Staging that no record speaks of, and leases that nobody holds: nothing depends on the going of those.
  result<void> reap(const std::vector<system::directory_entry>& staged, const std::string& except = {}) {
    for (const auto& [name, type] : staged) {
      if (name == except) continue;
      if (name.starts_with('m')) {
        BOOST_OUTCOME_TRYV(by_.reap_staging(name));
      } else if (is_lease_name(name)) {
        (void)reap_lease(by_.shared(), name);
      }
    }
    return success();
  }

  session& by_;
  std::vector<pending_mutation> pending_;
};

}  // namespace commitpoint::detail
