#pragma once

/// \file
/// Which undo entries have to be carried out. A path that was saved more than once, in a savepoint and around it, goes
/// back to its oldest state at once: a newer one lies in between and is nobody's. After a power cut it may not even be
/// there to be checked, so what is not needed is not verified either.

#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::detail {

/// The entries that are needed, oldest first. Those that say what the mutation itself made are, always: by them its
/// own files are told from a person's.
[[nodiscard]] inline std::vector<const undo_entry*> needed_entries(std::span<const undo_entry> oldest_first) {
  using way = undo_entry::way;
  std::set<std::string_view> whole;    // paths that an older entry puts back, with everything below them
  std::set<std::string_view> lengths;  // paths that an older entry cuts
  const auto is_covered = [&](const undo_entry& e) {
    if (e.how == way::restore_length && lengths.contains(e.path)) return true;
    for (std::string_view at = e.path; !at.empty(); at = parent_of(at)) {
      if (whole.contains(at)) return true;
    }
    return false;
  };
  std::vector<const undo_entry*> needed;
  for (const auto& e : oldest_first) {
    const bool is_own = e.how == way::remove_created || e.how == way::remove_scratch || e.how == way::compensate;
    if (!is_own && is_covered(e)) continue;
    needed.push_back(&e);
    if (e.how == way::restore_length) lengths.insert(e.path);
    if (!is_own && e.how != way::restore_length) whole.insert(e.path);
  }
  return needed;
}

/// Whether a newer entry puts back the whole file that an entry only knows the length of, by itself or in its tree:
/// then what is live now says nothing about it.
[[nodiscard]] inline bool is_restored_before(const undo_entry& e, std::span<const undo_entry* const> needed) {
  using way = undo_entry::way;
  for (auto newer = needed.rbegin(); newer != needed.rend() && *newer != &e; ++newer) {
    const auto& n = **newer;
    if (n.how == way::restore_file && n.path == e.path) return true;
    if (n.how == way::restore_tree && is_at_or_below(e.path, n.path)) return true;
  }
  return false;
}

}  // namespace commitpoint::detail
