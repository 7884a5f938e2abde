#pragma once

/// \file
/// The open savepoints of a mutation.
///
///     open     notes how much of everything there is
///     release  forgets the note: what came since is the outer scope's
///     undo     rows; staged effects and expectations; then what was written in place, newest first, and an `undone`
///              record, so that the entries are not undone once more by a drain
///
/// The restores and the `undone` record are not synced here: they join what the barrier before the commit record
/// covers. That is why a drain believes `undone` only if no power cut came between (pending.hpp). Backups stay until
/// the mutation is settled, so that it can undo the entries again.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/mutation/staged_effects.hpp>
#include <commitpoint/detail/undo/rollback.hpp>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

namespace commitpoint::detail {

class savepoint_stack {
 public:
  savepoint_stack(mutation_context& c, staged_effects& staged) : c_(c), staged_(staged) {}

  result<void> open() {
    if (c_.enlisted) {
      BOOST_OUTCOME_TRYV(rows().savepoint(c_.savepoints.size()));
    }
    c_.savepoints.push_back(
        {c_.undo.size(), c_.expected.size(), c_.staged.mark(), staged_.mark(), c_.enlisted, c_.undone.size()});
    c_.staged.record(true);
    return success();
  }

  result<void> release() {
    if (c_.savepoints.back().enlisted) {
      BOOST_OUTCOME_TRYV(rows().release(c_.savepoints.size() - 1));
    }
    close();
    return success();
  }

  /// After a failure nothing may follow but the rollback of the whole mutation.
  result<void> undo() {
    const auto mark = c_.savepoints.back();
    BOOST_OUTCOME_TRYV(undo_rows(mark));
    BOOST_OUTCOME_TRYV(staged_.rewind(mark.files));
    c_.staged.rewind(mark.entries);
    c_.expected.cut(mark.expected);
    BOOST_OUTCOME_TRYV(undo_in_place(mark));
    close();
    return success();
  }

 private:
  // The application's transaction; only where something is enlisted in it.
  [[nodiscard]] journal::transaction& rows() { return *c_.owner.journal().rows(); }

  void close() {
    c_.savepoints.pop_back();
    if (!c_.savepoints.empty()) return;  // what is around it may still be undone
    c_.staged.record(false);
    staged_.forget_undo();
  }

  // A transaction that was first opened in the savepoint goes as a whole.
  result<void> undo_rows(const mutation_context::savepoint_mark& mark) {
    if (mark.enlisted) return rows().roll_back_to(c_.savepoints.size() - 1);
    if (c_.enlisted) rows().abandon();
    c_.enlisted = false;
    return success();
  }

  result<void> undo_in_place(const mutation_context::savepoint_mark& mark) {
    const auto remaining = mark.undo;
    if (c_.undo.size() == remaining) return success();
    auto& owner = c_.owner;
    BOOST_OUTCOME_TRYV(owner.still_locked());
    rollback undo(owner, c_.number, rollback::when::alive, c_.began, c_.stamps_hold(), owner.last);
    undo.mutation_goes_on();
    BOOST_OUTCOME_TRYV(undo.undo_all(c_.undo_of_scope()));
    c_.unsynced.merge(std::move(undo.touched()));
    for (const auto& e : c_.undo_of_scope()) {
      BOOST_OUTCOME_TRYV(note_restored(e));
    }
    c_.undone.reserve(c_.undone.size() + c_.undo_of_scope().size());  // what follows the record must not throw
    auto body = owner.body();
    body.remaining = remaining;
    BOOST_OUTCOME_TRYV(owner.append(journal::record_kind::undone, c_.number, body));
    // Before what savepoints in this one have undone, which is newer.
    const auto gone = c_.undo.begin() + static_cast<std::ptrdiff_t>(remaining);
    const auto files =
        std::remove_if(gone, c_.undo.end(), [](const auto& e) { return e.how == undo_entry::way::compensate; });
    c_.undone.insert(c_.undone.begin() + static_cast<std::ptrdiff_t>(mark.undone), std::make_move_iterator(gone),
                     std::make_move_iterator(files));
    c_.undo.resize(remaining);
    c_.saved.cut(remaining);
    return success();
  }

  // What was put back may be another inode that was born just now, and is as old as what it replaced.
  result<void> note_restored(const undo_entry& e) {
    using way = undo_entry::way;
    if (e.how != way::restore_file && e.how != way::restore_link && e.how != way::restore_tree) return success();
    const auto note = [&](const system::file_status& live) {
      if (live.born && *live.born >= c_.began) c_.restored.emplace(live.inode, *live.born);
    };
    BOOST_OUTCOME_TRY(const auto top, status_beneath(c_.system(), c_.where().root, e.path));
    note(top);
    if (e.how != way::restore_tree) return success();
    BOOST_OUTCOME_TRY(const auto below, entries_below(c_.system(), c_.where().root, e.path));
    for (const auto& [plain, status] : below) note(status);
    return success();
  }

  mutation_context& c_;
  staged_effects& staged_;
};

}  // namespace commitpoint::detail
