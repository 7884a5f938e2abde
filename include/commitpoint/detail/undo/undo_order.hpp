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

/// Of the needed entries that only know the length of a file: those whose whole file a newer one puts back, by itself
/// or in its tree. What is live now says nothing about them.
[[nodiscard]] inline std::set<const undo_entry*> restored_before(std::span<const undo_entry* const> needed) {
  using way = undo_entry::way;
  std::set<std::string_view> alone;
  std::set<std::string_view> trees;
  std::set<const undo_entry*> found;
  for (auto e = needed.rbegin(); e != needed.rend(); ++e) {
    const auto& path = (*e)->path;
    if ((*e)->how == way::restore_file) alone.insert(path);
    if ((*e)->how == way::restore_tree) trees.insert(path);
    if ((*e)->how != way::restore_length) continue;
    bool is_restored = alone.contains(path);
    for (std::string_view at = path; !is_restored && !at.empty(); at = parent_of(at)) is_restored = trees.contains(at);
    if (is_restored) found.insert(*e);
  }
  return found;
}

}  // namespace commitpoint::detail
