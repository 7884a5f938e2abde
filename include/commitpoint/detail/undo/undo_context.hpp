#pragma once

/// \file
/// What all parts of one rollback share.

#include <commitpoint/detail/records/names.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/undo/kept_files.hpp>
#include <commitpoint/detail/undo/tree_names.hpp>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <system_error>
#include <utility>

namespace commitpoint::detail {

/// While the mutation's owner is alive, what stands in the way is the mutation's own. After a crash its files and a
/// person's cannot be told apart, so what cannot be proven to be the mutation's own is kept first.
struct undo_context {
  session& by;
  std::uint64_t mutation = 0;
  bool is_alive = false;     ///< the mutation's owner undoes it; else a drain
  std::int64_t began = 0;    ///< when the mutation did, where the owner is alive
  bool stamps_hold = false;  ///< equal stamps mean that nothing was written: no power cut came between
  kept_files kept;
  sync_set touched;  ///< what the barrier has to cover
  tree_names names = {};
  std::set<std::pair<std::uint64_t, std::uint64_t>> strange = {};  ///< devices and inodes with names that nobody knows
  bool goes_on = false;       ///< the mutation goes on afterwards, and may write in place to what is restored now
  bool writes_again = false;  ///< a sync failed since: what was put back already may be readable, and yet lost

  /// Whether a node is the very one that was saved, and no name leads to it that its record does not know of, besides
  /// those that the engine has given it. No other is changed, for it may be anybody's: it is replaced. `was` is an
  /// undo_entry or a manifest_entry.
  template <class Saved>
  result<bool> is_the_saved(const system::file_status& live, const Saved& was) {
    return is_same_node(live, was) ? has_known_names(live, was.links) : result<bool>(false);
  }
  template <class Saved>
  [[nodiscard]] static bool is_same_node(const system::file_status& live, const Saved& was) noexcept {
    return live.type == was.state.type && live.inode == was.state.inode && live.inode != 0 &&
           (!was.born || live.born == was.born);
  }

  /// Whether a node has no more names than it had, besides those that the engine has given it, and those that this very
  /// undo takes away from it.
  result<bool> has_known_names(const system::file_status& live, std::uint64_t had) {
    const auto known = std::max<std::uint64_t>(had, 1);
    if (live.type == node::directory || live.links <= known) return true;
    const std::pair node_id(live.device, live.inode);
    if (strange.contains(node_id)) return false;  // it has lost names to this undo since
    BOOST_OUTCOME_TRY(const auto others, names.others(by, mutation, live));
    if (live.links > known + others) strange.insert(node_id);
    return live.links <= known + others;
  }

  result<system::handle> open_area() {
    auto area = by.system().open(by.where().staging, staging_name(mutation), {.directory = true});
    if (!area) return std::move(area).error().on(staging_name(mutation));
    return area;
  }

  result<void> note_filesystem(const located& at) {
    BOOST_OUTCOME_TRY(const auto parent, by.system().status(at.directory));
    return touched.add_filesystem(by.system(), at.directory, parent.device);
  }

  result<located> locate_making_parents(const std::string& plain) {
    auto at = locate(by.system(), by.where().root, plain);
    if (at || at.error() != std::errc::no_such_file_or_directory) return at;
    for (auto end = plain.find('/'); end != std::string::npos; end = plain.find('/', end + 1)) {
      BOOST_OUTCOME_TRY(const auto parent, locate(by.system(), by.where().root, plain.substr(0, end)));
      BOOST_OUTCOME_TRYV(make_directory_if_missing(by.system(), parent.directory, parent.name, 0777));
    }
    return locate(by.system(), by.where().root, plain);
  }
};

}  // namespace commitpoint::detail
