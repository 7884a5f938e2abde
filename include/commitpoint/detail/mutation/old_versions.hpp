#pragma once

/// \file
/// What a drain will have to know of versions that are replaced.

#include <commitpoint/detail/mutation/commit_context.hpp>
#include <commitpoint/detail/records/replaced_tree.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/block_sums.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/stamps.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace commitpoint::detail {

/// Notes the old versions of one commit.
class old_versions {
 public:
  explicit old_versions(commit_context& c) : c_(c) {}

  // What a drain will have to know of the version that is replaced.
  result<void> note_old(redo_entry& r) {
    const bool is_tree = r.what == action::put && r.pre.type == node::directory;
    if (r.how != publish::by_copy && !is_tree) return success();
    BOOST_OUTCOME_TRY(const auto* area, c_.mutation.staging.directory());
    BOOST_OUTCOME_TRY(const auto live, c_.live_version(r));
    if (live.type != r.pre.type) return success();  // the last look refuses it
    std::string bytes;
    if (is_tree) {
      BOOST_OUTCOME_TRYV(make_distinct(r, live));
      BOOST_OUTCOME_TRY(const auto entries, entries_below(c_.mutation.system(), c_.mutation.where().root, r.path));
      bytes = encode_states(states_of(entries, r.path));
    } else {
      BOOST_OUTCOME_TRY(const auto parent, c_.publisher.directories.get(parent_of(r.path)));
      BOOST_OUTCOME_TRY(const auto file, c_.mutation.system().open(parent->handle, std::string(name_of(r.path)), {}));
      BOOST_OUTCOME_TRY(const auto fresh, c_.new_version(r));
      BOOST_OUTCOME_TRY(const auto sums, read_sums(c_.mutation.system(), file, live.size, fresh.size));
      bytes = encode_sums(sums);
      r.pre = version_state::of(live);
    }
    r.old = c_.mutation.staging.fresh_note();
    BOOST_OUTCOME_TRY(auto written, write_new_file(c_.mutation.system(), *area, r.old, bytes, 0600));
    c_.mutation.unsynced.add(std::move(written));
    return success();
  }

 private:
  using kind = staged_entry::kind;
  using action = redo_entry::action;

  // Two directories of one time could not be told apart in a copied tree, where all inodes are others. By how much they
  // have to differ is for the file system to say: the least that it may keep is tried first.
  result<void> make_distinct(const redo_entry& r, const system::file_status& live) {
    for (const std::int64_t step : {std::int64_t{1}, granularity_of(live.modified)}) {
      BOOST_OUTCOME_TRY(const auto fresh, c_.new_version(r));
      if (fresh.modified != live.modified) return success();
      BOOST_OUTCOME_TRYV(set_time(r, live.modified + step));
    }
    return success();
  }
  result<void> set_time(const redo_entry& r, std::int64_t modified) {
    if (!r.sibling.empty()) {
      BOOST_OUTCOME_TRY(const auto beside, c_.publisher.directories.get(parent_of(r.sibling)));
      return c_.mutation.system().set_modified(beside->handle, std::string(name_of(r.sibling)), modified);
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.mutation.staging.directory());
    BOOST_OUTCOME_TRY(const auto at, locate(c_.mutation.system(), *area, r.source));
    return c_.mutation.system().set_modified(at.directory, at.name, modified);
  }

  commit_context& c_;
};

}  // namespace commitpoint::detail
