#pragma once

/// \file
/// From what a mutation has staged to the steps that publish it.

#include <commitpoint/detail/mutation/commit_context.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Builds the redo list of one commit.
class redo_list {
 public:
  explicit redo_list(commit_context& c) : c_(c) {}

  result<void> expand() {
    std::vector<std::string> from_caller;
    for (const auto& [plain, entry] : c_.mutation.staged.entries()) {
      if (entry.what == kind::from_caller) from_caller.push_back(plain);
    }
    for (const auto& plain : from_caller) {
      BOOST_OUTCOME_TRYV(expand_from_caller(c_.mutation, plain));
    }
    return success();
  }

  // Files go first and directories after them, children before parents; then directories come, parents before
  // children, and what is put into them last.
  result<void> list_entries() {
    std::vector<redo_entry> gone;
    std::vector<redo_entry> gone_directories;
    std::vector<redo_entry> directories;
    std::vector<redo_entry> puts;
    puts.reserve(c_.mutation.staged.entries().size());  // of very many entries, most are new versions
    for (const auto& [plain, e] : c_.mutation.staged.entries()) {
      redo_entry r{.what = action::put, .path = plain, .source = e.source};
      r.pre.type = e.live;
      const bool directory_goes = e.live == node::directory && e.what != kind::directory && e.what != kind::tree;
      const bool file_goes =
          e.live != node::none && e.live != node::directory && (e.what == kind::absent || e.what == kind::directory);
      if (directory_goes) {
        gone_directories.push_back({.what = action::remove_directory, .path = plain, .pre = r.pre});
        r.pre.type = node::none;
      } else if (file_goes) {
        gone.push_back(
            {.what = action::remove, .path = plain, .source = c_.mutation.staging.fresh_slot(), .pre = r.pre});
        BOOST_OUTCOME_TRYV(c_.mutation.staging.directory());
        r.pre.type = node::none;
      }
      if (e.what == kind::absent) continue;
      if (e.what == kind::directory) {
        if (e.live == node::directory && !e.about) continue;  // it stays; one that took its place has its own metadata
        r.what = action::make_directory;
        r.about = e.about;
        r.mode = e.mode;
        directories.push_back(std::move(r));
        continue;
      }
      if (e.what == kind::append) {
        r.what = action::append;
        r.end = e.end;
        r.length = e.length;
      }
      if (r.what == action::put) {
        r.is_live_file = e.is_live_file;
        choose_way(r, e);
      }
      puts.push_back(std::move(r));
    }
    std::ranges::reverse(gone_directories);
    for (auto* part : {&gone_directories, &directories}) std::ranges::move(*part, std::back_inserter(gone));
    c_.redo = std::move(puts);
    c_.redo.insert(c_.redo.begin(), std::make_move_iterator(gone.begin()), std::make_move_iterator(gone.end()));
    for (const auto& r : c_.redo) {
      if (c_.is_new_directory(parent_of(r.path))) continue;
      BOOST_OUTCOME_TRY(const auto parent, c_.publisher.directories.get(parent_of(r.path)));
      const auto noted = c_.mutation.parents.find(parent_of(r.path));
      if (noted != c_.mutation.parents.end() &&
          (noted->second.device != parent->status.device || noted->second.mount != parent->status.mount)) {
        return failure(make_error_code(errc::drifted), r.path, "its directory is on another device now");
      }
      if (r.what == action::remove_directory) {
        BOOST_OUTCOME_TRYV(refuse_mount_point(r.path, parent->status));
      }
    }
    return success();
  }

  // No inode may be written to for one path and stand for another one: its other names are in step with the live file
  // that is written to, the second link by which a file is renamed among them. Such a path is renamed over, and before
  // anything is written to: then what is known of it still holds. Nor can an exchange be told from its opposite where
  // the old version is appended to by another name.
  result<void> part_inodes() {
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    std::set<std::pair<std::uint64_t, std::uint64_t>> appended;
    for (const auto& r : c_.redo) {
      const auto* e = c_.mutation.staged.find(r.path);
      const bool is_link = r.what == action::put && e != nullptr && e->is_live_file && r.sibling.empty();
      if (!is_link && r.what != action::append) continue;
      BOOST_OUTCOME_TRY(const auto status, is_link ? c_.new_version(r) : c_.live_version(r));
      taken.emplace(status.device, status.inode);
      if (is_link || status.type != node::regular || appended.emplace(status.device, status.inode).second) continue;
      return failure(make_error_code(errc::unsupported), r.path,
                     "it is another name of a file that the mutation appends to already");
    }
    for (auto& r : c_.redo) {
      if (r.how != publish::by_copy && (r.how != publish::by_exchange || appended.empty())) continue;
      BOOST_OUTCOME_TRY(const auto status, c_.live_version(r));
      const std::pair inode(status.device, status.inode);
      if (r.how == publish::by_copy ? taken.insert(inode).second : !appended.contains(inode)) continue;
      r.how = publish::by_rename;
      r.live_mode.reset();
    }
    const auto goes_first = [](const auto& r) { return r.what != action::append && r.how != publish::by_copy; };
    if (std::is_partitioned(c_.redo.begin(), c_.redo.end(), goes_first)) return success();  // without a second list
    // Not of std::ranges: clang 14 cannot read what libstdc++ 12 gives back there.
    std::stable_partition(c_.redo.begin(), c_.redo.end(), goes_first);
    return success();
  }

  // What is in a directory that a caller's tool made is moved out of it one by one; the live one gets its own mode.
  result<void> make_sources_accessible() {
    std::set<std::string_view> directories;  // parents before children
    for (const auto& r : c_.redo) {
      for (auto at = parent_of(r.source); !at.empty() && directories.insert(at).second;) at = parent_of(at);
    }
    for (const auto& source : directories) {
      BOOST_OUTCOME_TRY(const auto* area, c_.mutation.staging.directory());
      BOOST_OUTCOME_TRY(const auto at, locate(c_.mutation.system(), *area, std::string(source)));
      BOOST_OUTCOME_TRY(const auto status, c_.mutation.system().status(at.directory, at.name));
      BOOST_OUTCOME_TRYV(make_accessible(c_.mutation.system(), at.directory, at.name, status.mode));
    }
    return success();
  }

 private:
  using kind = staged_entry::kind;
  using action = redo_entry::action;

  // Where there is no old version, nothing can be exchanged or written to; a renamed file is to be that very file.
  void choose_way(redo_entry& r, const staged_entry& e) const {
    const auto way = c_.mutation.owner.shared().publish.word();
    const bool writes_over = e.rewrites && !e.is_live_file && e.what == kind::file && r.pre.type == node::regular;
    if (way == publish::by_exchange && r.pre.type == node::none) return;
    if (way == publish::by_copy && !writes_over) return;
    r.how = way;
    if (way == publish::by_copy) r.live_mode = e.chosen_mode;
  }

  // The kernel would refuse it too, but only after the commit point.
  result<void> refuse_mount_point(const std::string& plain, const system::file_status& above) {
    BOOST_OUTCOME_TRY(const auto own, c_.publisher.directories.get(plain));
    if (belongs_to(above, own->status)) return success();
    return failure(system_error(EBUSY), plain, "another file system is mounted there");
  }

  commit_context& c_;
};

}  // namespace commitpoint::detail
