#pragma once

/// \file
/// The names of files that an undo is going to take away from them again, because they were another file's, or
/// nobody's: a tool has linked files of the tree to each other. Looked for only where a file has more names than it
/// had.

#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/detail/records/names.hpp>
#include <commitpoint/detail/undo/tree_snapshot.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/tree.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Knows what one rollback covers.
class tree_names {
 public:
  /// The entries outlive it.
  void cover(std::vector<const undo_entry*> needed) {
    needed_ = std::move(needed);
    found_.clear();
    is_known_ = false;
  }

  /// How many such names a file has now.
  result<std::uint64_t> others(session& by, std::uint64_t mutation, const system::file_status& of) {
    if (!is_known_) {
      BOOST_OUTCOME_TRYV(look(by, mutation));
      is_known_ = true;
    }
    std::uint64_t count = 0;
    const auto names = found_.find({of.device, of.inode});
    if (names == found_.end()) return count;
    for (const auto& [is_staged, plain] : names->second) {
      BOOST_OUTCOME_TRY(const auto now,
                        status_beneath(by.system(), is_staged ? by.where().staging : by.where().root, plain));
      count += now.inode == of.inode && now.device == of.device ? 1U : 0U;
    }
    return count;
  }

 private:
  using place = std::pair<bool, std::string>;  // whether it is in staging, and the path from there or from the root
  using inodes = std::map<std::string, std::uint64_t, std::less<>>;  // by path, the inode that was there

  result<void> look(session& by, std::uint64_t mutation) {
    BOOST_OUTCOME_TRY(const auto area, status_beneath(by.system(), by.where().staging, staging_name(mutation)));
    if (area.type == node::directory) {
      BOOST_OUTCOME_TRY(const auto staged, entries_below(by.system(), by.where().staging, staging_name(mutation)));
      for (const auto& entry : staged) note({}, entry, true);
    }
    for (const auto* e : needed_) {
      if (e->how == undo_entry::way::compensate || e->how == undo_entry::way::restore_database) continue;
      inodes were{{e->path, e->state.inode}};
      if (e->how == undo_entry::way::restore_tree) {
        BOOST_OUTCOME_TRYV(read_manifest(by, mutation, *e, were));
      }
      BOOST_OUTCOME_TRY(const auto top, status_beneath(by.system(), by.where().root, e->path));
      note(were, {e->path, top}, false);
      if (top.type != node::directory) continue;
      BOOST_OUTCOME_TRY(const auto entries, entries_below(by.system(), by.where().root, e->path));
      for (const auto& entry : entries) note(were, entry, false);
    }
    return success();
  }

  static result<void> read_manifest(session& by, std::uint64_t mutation, const undo_entry& e, inodes& were) {
    BOOST_OUTCOME_TRY(const auto area,
                      by.system().open(by.where().staging, staging_name(mutation), {.directory = true}));
    tree_snapshot snapshot(by);
    BOOST_OUTCOME_TRY(const auto manifest, snapshot.read(area, e.backup, e.evidence));
    for (const auto& m : manifest) {
      if (!m.path.empty()) were.emplace(joined(e.path, m.path), m.state.inode);
    }
    return success();
  }

  void note(const inodes& were, const tree_entry& entry, bool is_staged) {
    if (entry.status.links < 2 || entry.status.type == node::directory) return;
    const auto was = were.find(entry.path);
    if (was != were.end() && was->second == entry.status.inode) return;
    auto& names = found_[{entry.status.device, entry.status.inode}];
    const place at(is_staged, entry.path);
    if (std::ranges::find(names, at) == names.end()) names.push_back(at);
  }

  std::vector<const undo_entry*> needed_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<place>> found_;  // by device and inode
  bool is_known_ = false;
};

}  // namespace commitpoint::detail
