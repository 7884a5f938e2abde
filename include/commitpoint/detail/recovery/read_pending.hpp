#pragma once

/// \file
/// What a journal says is pending, under any lock.

#include <commitpoint/detail/records/pending.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/journal/interface.hpp>
#include <commitpoint/system/door.hpp>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// What a look at the journal gave.
struct found_pending {
  folded_journal folded;
  bool begun = false;     ///< whether there is a journal at all
  std::string damage;     ///< not empty: nothing may be acted on
  bool may_pass = false;  ///< the damage is that something is not there, and may come back
};

/// A journal that names commitpoint's own files was not written by commitpoint. What is wrong with it, or nothing.
[[nodiscard]] inline std::string reserved_path_in(const opened_root& shared, const journal::backend& journal,
                                                  const folded_journal& folded) {
  std::string wrong;
  const auto refuse = [&](const std::string& plain) {
    if (is_at_or_below(plain, shared.where.state_directory) || is_at_or_below(shared.where.state_directory, plain) ||
        journal.reserves(plain)) {
      wrong = "it names the path '" + plain + "', which is commitpoint's own";
    }
  };
  for (const auto& p : folded.pending) {
    for (const auto& u : p.undo) {
      if (u.how != undo_entry::way::compensate) refuse(u.path);
    }
    for (const auto& r : p.redo) {
      refuse(r.path);
      if (!r.sibling.empty()) refuse(r.sibling);
    }
  }
  return wrong;
}

/// The failure of a journal that cannot be read.
[[nodiscard]] inline failure unreadable(failure why, const opened_root& shared) {
  return std::move(why)
      .at(step::drain_read)
      .on(shared.where.state_directory)
      .because("the journal cannot be read; nothing was touched");
}

/// Whether the journal need not be read, since nothing was pending when the tree was released. What blocks has to be
/// looked at again.
[[nodiscard]] inline result<bool> resumed(session& by, bool is_blocked) {
  by.say(step::drain_read);
  if (is_blocked) return false;
  auto settled = by.resume();
  if (!settled) return unreadable(std::move(settled).error(), by.shared());
  return settled;
}

/// Reads and folds a journal, under any lock.
/// \errors those of a journal that cannot be read.
[[nodiscard]] inline result<found_pending> read_pending(opened_root& shared, journal::backend& journal) {
  auto image = journal.read();
  if (!image) return unreadable(std::move(image).error(), shared);
  found_pending found;
  found.begun = !image.value().records.empty();
  if (image.value().damage) {
    found.damage = *image.value().damage;
    found.may_pass = image.value().may_pass;
    return found;
  }
  found.damage = other_root_in(image.value().records, shared.where.root_id);
  if (!found.damage.empty()) return found;
  found.folded = journal_fold(std::move(image.value().records)).fold();
  if (found.folded.wrong.empty()) found.folded.wrong = reserved_path_in(shared, journal, found.folded);
  if (!found.folded.wrong.empty()) found.damage = "a record of the journal makes no sense: " + found.folded.wrong;
  return found;
}

/// Whether the names in `staging/` are of mutations, and not only of leases; one is left out.
[[nodiscard]] inline bool has_staged_mutations(const std::vector<system::directory_entry>& names,
                                               std::string_view except = {}) {
  return std::ranges::any_of(names,
                             [&](const auto& entry) { return entry.name.starts_with('m') && entry.name != except; });
}

}  // namespace commitpoint::detail
