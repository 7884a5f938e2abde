#pragma once

/// \file
/// What all parts of finishing one committed mutation share: how far it came, and what stands in the way.

#include <commitpoint/detail/publishing/publishing.hpp>
#include <commitpoint/detail/records/pending.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/undo/kept_files.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/block_sums.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

struct finish_context {
  using action = redo_entry::action;

  finish_context(session& owner, const pending_mutation& pending, report& report_to)
      : by(owner), what(pending), into(report_to), kept(owner, report_to), publisher(owner, pending.number) {
    for (const auto& r : what.redo) {
      last[r.path] = r.post;
      if (r.writes_to_live_file()) written.insert(r.pre.inode);
    }
    for (const auto& r : what.redo) {
      if (r.is_live_file && last[r.path].inode == r.post.inode) renamed.insert(r.post.inode);
    }
  }

  session& by;
  const pending_mutation& what;
  report& into;
  kept_files kept;
  publishing publisher;
  std::map<std::string, version_state, std::less<>> last;  ///< what the last entry of each path makes of it
  std::set<std::uint64_t> written;                         ///< inodes of live files that the mutation writes to
  std::set<std::uint64_t> renamed;                         ///< inodes of live files that get another name

  [[nodiscard]] bool in_one_cache() const { return what.one_cache && !what.cache.empty() && what.cache == by.cache(); }

  [[nodiscard]] bool nothing_to_replay() const { return what.published && in_one_cache(); }

  result<system::file_status> source_status(const redo_entry& r) {
    if (!r.sibling.empty()) return status_beneath(by.system(), by.where().root, r.sibling);
    return status_beneath(by.system(), by.where().staging, staging_name(what.number) + "/" + r.source);
  }

  // What is renamed is the live file itself, and whoever writes to that meanwhile means the file and not its name.
  [[nodiscard]] static bool is_whole(const redo_entry& r, const system::file_status& source) {
    if (source.type == node::none) return false;
    if (r.is_live_file && source.type == node::regular) return true;
    return version_state::of(source).same(r.post);
  }

  // Whether renames to this path reach the disk in order.
  result<bool> is_ordered(const redo_entry& r) {
    auto at = locate(by.system(), by.where().root, r.path);
    if (!at && says_absent(at.error())) return false;
    if (!at) return std::move(at).error();
    return by.system().ordered_metadata(at.value().directory);
  }

  // What is live. A directory above may have been replaced by a link of this very mutation: then nothing is.
  result<system::file_status> live_status(const redo_entry& r) {
    auto live = status_beneath(by.system(), by.where().root, r.path);
    if (live || live.error() != errc::outside_root) return live;
    for (auto above = parent_of(r.path); !above.empty(); above = parent_of(above)) {
      const auto made = last.find(above);
      if (made != last.end() && made->second.type != node::directory) return system::file_status{};
    }
    return live;
  }

  // The state that this entry makes, or the one that a later entry makes of the same path.
  [[nodiscard]] bool is_done(const redo_entry& r, const version_state& now) const {
    const auto final_state = last.find(r.path);
    if (r.what == action::append) return false;  // decided by its bytes
    if (now.same(r.post) && (!r.pre.same(r.post) || (now.inode != 0 && now.inode == r.post.inode))) return true;
    return final_state != last.end() && !final_state->second.same(r.post) && now.same(final_state->second) &&
           !now.same(r.pre);
  }

  // The old version; also one that this mutation has written to by another of its names.
  [[nodiscard]] bool is_old(const redo_entry& r, const version_state& now) const {
    if (now.same(r.pre)) return true;
    return now.type == node::regular && now.inode != 0 && now.inode == r.pre.inode && written.contains(now.inode);
  }

  // Whether what is live, neither the old nor the new version, came after the mutation's last look: then it is an edit.
  // A power cut may also bring back what stood there before the old version, if nobody had made that durable. Of the
  // two, this is taken for the latter unless its time of change says otherwise. Nothing at all is never an edit.
  [[nodiscard]] bool came_later(const redo_entry& r, const system::file_status& live) const {
    if (in_one_cache()) return true;
    if (live.type == node::none) return false;
    if (!what.looked_at) return true;
    auto since = live.type == node::directory && live.born ? *live.born : live.changed;
    if (live.inode == r.pre.inode) since = live.modified;  // publishing took its name, which changes the other time
    return since > *what.looked_at && since <= by.system().now();
  }

  // Whether somebody may have written to the old version since, left it the time that it had, and would lose that. What
  // is renamed has all that was written to it.
  [[nodiscard]] bool may_be_edited(const redo_entry& r, const system::file_status& live) const {
    if (live.type == node::none || live.type == node::directory || !what.looked_at) return false;
    if (renamed.contains(live.inode)) return false;
    return may_come_again(r.pre.modified, *what.looked_at);
  }

  result<void> later_edit(const redo_entry& r) {
    into.edited_later.push_back(r.path);
    return success();
  }

  result<located> locate_source(const redo_entry& r) {
    if (!r.sibling.empty()) return locate(by.system(), by.where().root, r.sibling);
    return locate(by.system(), by.where().staging, staging_name(what.number) + "/" + r.source);
  }

  // A file of this mutation's staging; empty if it is not there.
  result<std::string> read_staged(const std::string& name) {
    if (name.empty()) return std::string{};
    auto file = open_beneath(by.system(), by.where().staging, staging_name(what.number) + "/" + name, {});
    if (file) return read_whole(by.system(), file.value(), std::uint64_t{1} << 32U);
    if (file.error() == std::errc::no_such_file_or_directory) return std::string{};
    return std::move(file).error();
  }

  // Whether a power cut may have left anything in blocks that are new. It cannot be told from a later edit of these.
  result<bool> may_have_garbage(const redo_entry& r) {
    if (in_one_cache()) return false;
    BOOST_OUTCOME_TRY(const bool ordered, is_ordered(r));
    return !ordered;
  }

  // Something that need be neither the old nor the new version stands at the path. Where its time of change decides
  // what it is, a copy of it is kept: a second link would change that.
  result<void> make_way(const redo_entry& r, const system::file_status& live) {
    constexpr auto why = "it was there when the interrupted mutation was finished";
    const auto how = what.published ? kept_files::as::copy : kept_files::as::link;
    if (live.type != node::directory) {
      BOOST_OUTCOME_TRYV(kept.keep(what.number, r.path, why, how));
      if (r.what == action::remove || r.what == action::put) return success();  // replaced or taken away by a rename
      BOOST_OUTCOME_TRY(const auto at, locate(by.system(), by.where().root, r.path));
      return by.system().remove_file(at.directory, at.name);
    }
    BOOST_OUTCOME_TRY(auto entries, accessible_entries_below(by.system(), by.where().root, r.path));
    entries.insert(entries.begin(), tree_entry{r.path, live});
    for (auto e = entries.rbegin(); e != entries.rend(); ++e) {
      BOOST_OUTCOME_TRYV(kept.keep(what.number, e->path, why, how));
      BOOST_OUTCOME_TRY(const auto at, locate(by.system(), by.where().root, e->path));
      BOOST_OUTCOME_TRYV(e->status.type == node::directory ? by.system().remove_directory(at.directory, at.name)
                                                           : by.system().remove_file(at.directory, at.name));
    }
    return success();
  }

  // Directories that somebody has removed since the commit record. Whether there were any.
  result<bool> make_parents(const std::string& plain) {
    bool made = false;
    for (auto end = plain.find('/'); end != std::string::npos; end = plain.find('/', end + 1)) {
      const auto parent = plain.substr(0, end);
      BOOST_OUTCOME_TRY(const auto there, status_beneath(by.system(), by.where().root, parent));
      if (there.type == node::directory) continue;
      if (there.type != node::none) {
        BOOST_OUTCOME_TRYV(make_way({.what = action::make_directory, .path = parent}, there));
      }
      BOOST_OUTCOME_TRY(const auto at, locate(by.system(), by.where().root, parent));
      BOOST_OUTCOME_TRYV(make_directory_if_missing(by.system(), at.directory, at.name, 0777));
      made = true;
    }
    return made;
  }
};

}  // namespace commitpoint::detail
