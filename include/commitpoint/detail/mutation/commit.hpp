#pragma once

/// \file
/// From the end of the body to the commit point, and to the last published path.

#include <commitpoint/files/block_sums.hpp>
#include <commitpoint/detail/mutation/in_place.hpp>
#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/publishing/publishing.hpp>
#include <commitpoint/detail/records/replaced_tree.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Commits one mutation. Until `write_record` is called, a failure is followed by a rollback; after it, by nothing.
class committing {
 public:
  using kind = staged_entry::kind;
  using action = redo_entry::action;

  explicit committing(mutation_context& c) : c_(c), publishing_(c.owner, c.number) {}

  /// Builds the redo list and makes everything durable that it relies on.
  result<void> prepare() {
    BOOST_OUTCOME_TRYV(expand());
    BOOST_OUTCOME_TRYV(list_entries());
    BOOST_OUTCOME_TRYV(write_siblings());
    BOOST_OUTCOME_TRYV(part_inodes());
    BOOST_OUTCOME_TRYV(make_sources_accessible());
    for (auto& r : redo_) {
      auto ready = note_old(r);
      if (ready) ready = publishing_.prepare(r, live_directory(r.path));
      if (!ready) return std::move(ready).error().on(r.path);
    }
    return barrier();
  }

  /// Looks at the tree for the last time before the commit point.
  /// \errors drifted; not_owner.
  result<void> check() {
    c_.owner.say(step::check, c_.number);
    BOOST_OUTCOME_TRYV(c_.owner.still_locked());
    BOOST_OUTCOME_TRY(const auto moved, publishing_.directories.moved_away());
    if (!moved.empty()) return failure(make_error_code(errc::drifted), moved, "the directory was replaced");
    for (auto& r : redo_) {
      auto checked = check_target(r);
      if (!checked) return std::move(checked).error().at(step::check).on(r.path);
    }
    return check_expected();  // last, so that as little time as possible is left for others
  }

  /// \errors drifted.
  result<void> check_expected() {
    auto met = c_.expected.check(c_.system(), c_.where().root);
    if (!met) return std::move(met).error().at(step::check);
    return success();
  }

  /// The commit point. A failure whose outcome is `unknown` must not be followed by anything.
  result<void> write_record() {
    c_.owner.say(step::commit, c_.number);
    auto body = c_.owner.body(c_.what.operation);
    body.details = &c_.what.details;
    body.redo = &redo_;
    if (c_.owner.unretired) body.retires = c_.owner.unretired->number;
    return c_.owner.commit(c_.number, body);
  }

  /// Whether there is anything that a commit record is needed for.
  [[nodiscard]] bool changes_something() const noexcept { return !redo_.empty() || c_.wrote_in_place || c_.enlisted; }

  result<void> publish() {
    BOOST_OUTCOME_TRYV(note_copying());
    for (const auto& r : redo_) {
      BOOST_OUTCOME_TRYV(publishing_.publish(r));
    }
    BOOST_OUTCOME_TRYV(publishing_.finish_directories(redo_));
    BOOST_OUTCOME_TRYV(remove_scratch());
    c_.owner.say(step::published, c_.number);
    return c_.owner.append(journal::record_kind::published, c_.number, c_.owner.body());
  }

  /// What the owner has to retire once the publish is durable.
  [[nodiscard]] unretired_mutation leave() {
    publishing_.directories.give_to(publishing_.changed);
    return {c_.number, std::move(publishing_.changed), siblings_of(c_.undo),
            std::ranges::any_of(redo_, &redo_entry::writes_to_live_file)};
  }

 private:
  result<void> expand() {
    std::vector<std::string> from_caller;
    for (const auto& [plain, entry] : c_.staged.entries()) {
      if (entry.what == kind::from_caller) from_caller.push_back(plain);
    }
    for (const auto& plain : from_caller) {
      BOOST_OUTCOME_TRYV(expand_from_caller(c_, plain));
    }
    return success();
  }

  // What is in a directory that a caller's tool made is moved out of it one by one; the live one gets its own mode.
  result<void> make_sources_accessible() {
    std::set<std::string_view> directories;  // parents before children
    for (const auto& r : redo_) {
      for (auto at = parent_of(r.source); !at.empty() && directories.insert(at).second;) at = parent_of(at);
    }
    for (const auto& source : directories) {
      BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
      BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), *area, std::string(source)));
      BOOST_OUTCOME_TRY(const auto status, c_.system().status(at.directory, at.name));
      BOOST_OUTCOME_TRYV(make_accessible(c_.system(), at.directory, at.name, status.mode));
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
    for (const auto& [plain, e] : c_.staged.entries()) {
      redo_entry r{.what = action::put, .path = plain, .source = e.source};
      r.pre.type = e.live;
      const bool directory_goes = e.live == node::directory && e.what != kind::directory && e.what != kind::tree;
      const bool file_goes =
          e.live != node::none && e.live != node::directory && (e.what == kind::absent || e.what == kind::directory);
      if (directory_goes) {
        gone_directories.push_back({.what = action::remove_directory, .path = plain, .pre = r.pre});
        r.pre.type = node::none;
      } else if (file_goes) {
        gone.push_back({.what = action::remove, .path = plain, .source = c_.staging.fresh("x"), .pre = r.pre});
        BOOST_OUTCOME_TRYV(c_.staging.directory());
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
    for (auto* part : {&gone, &gone_directories, &directories, &puts}) {
      std::ranges::move(*part, std::back_inserter(redo_));
    }
    for (const auto& r : redo_) {
      if (is_new_directory(parent_of(r.path))) continue;
      BOOST_OUTCOME_TRY(const auto parent, publishing_.directories.get(parent_of(r.path)));
      const auto noted = c_.parents.find(parent_of(r.path));
      if (noted != c_.parents.end() &&
          (noted->second.device != parent->status.device || noted->second.mount != parent->status.mount)) {
        return failure(make_error_code(errc::drifted), r.path, "its directory is on another device now");
      }
      if (r.what == action::remove_directory) {
        BOOST_OUTCOME_TRYV(refuse_mount_point(r.path, parent->status));
      }
    }
    return success();
  }

  // Where there is no old version, nothing can be exchanged or written to; a renamed file is to be that very file.
  void choose_way(redo_entry& r, const staged_entry& e) const {
    const auto way = c_.owner.shared().publish.word();
    const bool writes_over = e.rewrites && !e.is_live_file && e.what == kind::file && r.pre.type == node::regular;
    if (way == publish::by_exchange && r.pre.type == node::none) return;
    if (way == publish::by_copy && !writes_over) return;
    r.how = way;
    if (way == publish::by_copy) r.live_mode = e.chosen_mode;
  }

  // No inode may be written to for one path and stand for another one: its other names are in step with the live file
  // that is written to, the second link by which a file is renamed among them. Such a path is renamed over, and before
  // anything is written to: then what is known of it still holds. Nor can an exchange be told from its opposite where
  // the old version is appended to by another name.
  result<void> part_inodes() {
    std::set<std::pair<std::uint64_t, std::uint64_t>> taken;
    std::set<std::pair<std::uint64_t, std::uint64_t>> appended;
    for (const auto& r : redo_) {
      const auto* e = c_.staged.find(r.path);
      const bool is_link = r.what == action::put && e != nullptr && e->is_live_file && r.sibling.empty();
      if (!is_link && r.what != action::append) continue;
      BOOST_OUTCOME_TRY(const auto status, is_link ? new_version(r) : live_version(r));
      taken.emplace(status.device, status.inode);
      if (is_link || status.type != node::regular || appended.emplace(status.device, status.inode).second) continue;
      return failure(make_error_code(errc::unsupported), r.path,
                     "it is another name of a file that the mutation appends to already");
    }
    for (auto& r : redo_) {
      if (r.how != publish::by_copy && (r.how != publish::by_exchange || appended.empty())) continue;
      BOOST_OUTCOME_TRY(const auto status, live_version(r));
      const std::pair inode(status.device, status.inode);
      if (r.how == publish::by_copy ? taken.insert(inode).second : !appended.contains(inode)) continue;
      r.how = publish::by_rename;
      r.live_mode.reset();
    }
    // Not of std::ranges: clang 14 cannot read what libstdc++ 12 gives back there.
    std::stable_partition(redo_.begin(), redo_.end(),
                          [](const auto& r) { return r.what != action::append && r.how != publish::by_copy; });
    return success();
  }

  result<system::file_status> live_version(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto parent, publishing_.directories.get(parent_of(r.path)));
    return c_.system().status(parent->handle, std::string(name_of(r.path)));
  }

  // What a drain will have to know of the version that is replaced.
  result<void> note_old(redo_entry& r) {
    const bool is_tree = r.what == action::put && r.pre.type == node::directory;
    if (r.how != publish::by_copy && !is_tree) return success();
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto live, live_version(r));
    if (live.type != r.pre.type) return success();  // the last look refuses it
    std::string bytes;
    if (is_tree) {
      BOOST_OUTCOME_TRYV(make_distinct(r, live));
      BOOST_OUTCOME_TRY(const auto entries, entries_below(c_.system(), c_.where().root, r.path));
      bytes = encode_states(states_of(entries, r.path));
    } else {
      BOOST_OUTCOME_TRY(const auto parent, publishing_.directories.get(parent_of(r.path)));
      BOOST_OUTCOME_TRY(const auto file, c_.system().open(parent->handle, std::string(name_of(r.path)), {}));
      BOOST_OUTCOME_TRY(const auto fresh, new_version(r));
      BOOST_OUTCOME_TRY(const auto sums, read_sums(c_.system(), file, live.size, fresh.size));
      bytes = encode_sums(sums);
      r.pre = version_state::of(live);
    }
    r.old = c_.staging.fresh("o");
    BOOST_OUTCOME_TRY(auto written, write_new_file(c_.system(), *area, r.old, bytes, 0600));
    c_.unsynced.add(std::move(written));
    return success();
  }

  // Two directories of one time could not be told apart in a copied tree, where all inodes are others.
  result<void> make_distinct(const redo_entry& r, const system::file_status& live) {
    BOOST_OUTCOME_TRY(const auto fresh, new_version(r));
    if (fresh.modified != live.modified) return success();
    if (!r.sibling.empty()) {
      BOOST_OUTCOME_TRY(const auto beside, publishing_.directories.get(parent_of(r.sibling)));
      return c_.system().set_modified(beside->handle, std::string(name_of(r.sibling)), fresh.modified + 1);
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), *area, r.source));
    return c_.system().set_modified(at.directory, at.name, fresh.modified + 1);
  }

  // Before the first live file is written to. Unsynced: where the cache was lost, a drain takes it for written anyway.
  result<void> note_copying() {
    const bool copies = std::ranges::any_of(redo_, [](const auto& r) { return r.how == publish::by_copy; });
    if (!copies) return success();
    return c_.owner.append(journal::record_kind::copying, c_.number, c_.owner.body());
  }

  // What is still in the plan's private directories is nobody's. The next barrier covers it.
  result<void> remove_scratch() {
    for (const auto& u : c_.undo) {
      if (u.record != journal::record_kind::scratch) continue;
      BOOST_OUTCOME_TRY(const auto there, status_beneath(c_.system(), c_.where().root, u.path));
      if (there.type == node::none) continue;
      BOOST_OUTCOME_TRY(const auto parent, publishing_.directories.get(parent_of(u.path)));
      BOOST_OUTCOME_TRYV(publishing_.changed.add_filesystem(c_.system(), parent->handle, parent->status.device));
      auto removed = remove_tree(c_.system(), parent->handle, std::string(name_of(u.path)));
      if (!removed) return std::move(removed).error().at(step::publish).on(u.path);
    }
    return success();
  }

  [[nodiscard]] bool is_new_directory(std::string_view plain) const {
    const auto* e = c_.staged.find(plain);
    return e != nullptr && e->what == kind::directory && e->live != node::directory;
  }

  // The kernel would refuse it too, but only after the commit point.
  result<void> refuse_mount_point(const std::string& plain, const system::file_status& above) {
    BOOST_OUTCOME_TRY(const auto own, publishing_.directories.get(plain));
    if (own->status.device == above.device && own->status.mount == above.mount) return success();
    return failure(system_error(EBUSY), plain, "another file system is mounted there");
  }

  // The nearest directory above that is live now and will be.
  [[nodiscard]] std::string live_directory(std::string_view plain) const {
    const auto stays = [&](std::string_view directory) {
      const auto* e = c_.staged.find(directory);
      return e == nullptr || (e->what == kind::directory && e->live == node::directory);
    };
    auto parent = parent_of(plain);
    while (!parent.empty() && !stays(parent)) parent = parent_of(parent);
    return std::string(parent);
  }

  // New versions for other devices are written beside their targets now, after a durable record of their names:
  // after the commit point only renames remain.
  result<void> write_siblings() {
    const auto& state = c_.where().state_status;
    std::vector<redo_entry*> moved;
    std::vector<undo_entry> names;
    for (auto& r : redo_) {
      if (r.what != action::put && r.what != action::remove) continue;
      const auto directory = live_directory(r.path);
      BOOST_OUTCOME_TRY(const auto parent, publishing_.directories.get(directory));
      if (parent->status.device == state.device && parent->status.mount == state.mount) continue;
      r.sibling = joined(directory, sibling_name(c_.number, c_.staging.fresh_serial()));
      moved.push_back(&r);
      const auto spare = spare_of(r.sibling);
      for (const auto& name : {r.sibling, spare, spare + std::string(publish::half_suffix)}) {
        names.push_back({.record = journal::record_kind::sibling,
                         .how = undo_entry::way::remove_scratch,
                         .path = name,
                         .parent_modified = parent->status.modified});
      }
    }
    if (moved.empty()) return success();
    in_place_effects recorder(c_);
    BOOST_OUTCOME_TRYV(recorder.record(journal::record_kind::sibling, std::move(names), c_.owner.new_sync_set()));
    for (auto* r : moved) {
      c_.owner.say(step::sibling, c_.number, r->path);
      if (r->what == action::put) {
        BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
        BOOST_OUTCOME_TRY(const auto from, locate(c_.system(), *area, r->source));
        BOOST_OUTCOME_TRY(const auto to, publishing_.directories.get(parent_of(r->sibling)));
        auto copied = copy_tree(c_.system(), from.directory, from.name, to->handle, std::string(name_of(r->sibling)));
        if (!copied) return std::move(copied).error().at(step::sibling).on(r->path);
        BOOST_OUTCOME_TRYV(c_.unsynced.add_filesystem(c_.system(), to->handle, to->status.device));
        c_.unsynced.add_unknown();
      }
      r->source.clear();
    }
    return success();
  }

  result<void> barrier() {
    if (!changes_something()) return success();
    const auto& where = c_.where();
    if (c_.staging.made()) {
      BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
      BOOST_OUTCOME_TRY(auto own, c_.system().open(*area, ".", {.directory = true}));
      c_.unsynced.add(std::move(own));
      BOOST_OUTCOME_TRY(auto above, c_.system().open(where.staging, ".", {.directory = true}));
      c_.unsynced.add(std::move(above));
    }
    if (c_.owner.unretired) c_.unsynced.merge(std::move(c_.owner.unretired->published));
    return c_.barrier(c_.unsynced);
  }

  result<void> check_target(redo_entry& r) {
    const auto expected = r.pre.type;
    if (is_new_directory(parent_of(r.path))) {
      r.pre = {};
    } else {
      BOOST_OUTCOME_TRY(const auto parent, publishing_.directories.get(parent_of(r.path)));
      BOOST_OUTCOME_TRY(const auto live, c_.system().status(parent->handle, std::string(name_of(r.path))));
      const auto replaced = c_.staged.find(r.path);
      const bool goes_first = replaced != nullptr && replaced->live != node::none && expected == node::none;
      if (!goes_first) {
        if (live.type != expected) {
          return failure(make_error_code(errc::drifted), r.path,
                         "another program put something else there, or took it away, while the mutation ran");
        }
        if (live.type != node::none && r.how != publish::by_copy &&
            (live.device != parent->status.device || live.mount != parent->status.mount)) {
          return failure(make_error_code(errc::unsupported), r.path, "something is mounted on it");
        }
        if (r.how == publish::by_copy && !version_state::of(live).same(r.pre)) {
          return failure(make_error_code(errc::drifted), r.path, "another program wrote to it while the mutation ran");
        }
        note_pre(r, live);
      }
      if (live.is_fixed) return failure(system_error(EPERM), r.path, "it is immutable or append-only (see chattr)");
      if (r.what == action::append) {
        BOOST_OUTCOME_TRYV(check_end(r, *parent, live));
      }
    }
    BOOST_OUTCOME_TRYV(note_post(r));
    return keep_distinct(r);
  }

  void note_pre(redo_entry& r, const system::file_status& live) const {
    const bool is_tree = r.what == action::put && live.type == node::directory;
    r.pre = is_tree ? version_state::leaving(live) : version_state::of(live);
    if (is_tree) r.pre_born = live.born;
    // Where the writer may not keep them, writing takes the set-id bits away.
    if (r.how == publish::by_copy && !r.live_mode && (live.mode & 06000U) != 0) r.live_mode = live.mode;
  }

  // An exchange of what cannot be told apart could not be told from its opposite.
  result<void> keep_distinct(redo_entry& r) const {
    if (r.how != publish::by_exchange || !r.pre.same(r.post)) return success();
    if (r.pre.type == node::directory) {
      return failure(make_error_code(errc::drifted), r.path, "another program changed it while the mutation ran");
    }
    r.how = publish::by_rename;
    return success();
  }

  result<void> check_end(const redo_entry& r, const directory_cache::opened& parent,
                         const system::file_status& live) {
    // For writing, as the publish will: what it is refused there is better refused here.
    BOOST_OUTCOME_TRY(const auto file,
                      c_.system().open(parent.handle, std::string(name_of(r.path)), {.access = access::read_write}));
    BOOST_OUTCOME_TRY(const bool same, has_end(c_.system(), file, r.end));
    if (same && live.size == r.end.offset) return success();
    return failure(make_error_code(errc::drifted), r.path, "another program wrote to it while the mutation ran");
  }

  result<void> note_post(redo_entry& r) {
    switch (r.what) {
      case action::remove:
      case action::remove_directory: r.post = {}; return success();
      case action::make_directory: r.post = {.type = node::directory}; return success();
      case action::append:
        r.post = {.type = node::regular, .size = r.end.offset + r.length, .modified = 0, .inode = r.pre.inode};
        return success();
      case action::put: break;
    }
    BOOST_OUTCOME_TRY(const auto status, new_version(r));
    if (status.type == node::none) {
      return failure(system_error(ENOENT), r.path, "its staged version is gone");
    }
    const bool is_tree = status.type == node::directory;
    r.post = is_tree ? version_state::leaving(status) : version_state::of(status);
    if (is_tree) r.post_born = status.born;
    if (r.how == publish::by_copy) r.post.inode = r.pre.inode;
    return success();
  }

  result<system::file_status> new_version(const redo_entry& r) {
    if (!r.sibling.empty()) {
      BOOST_OUTCOME_TRY(const auto beside, publishing_.directories.get(parent_of(r.sibling)));
      return c_.system().status(beside->handle, std::string(name_of(r.sibling)));
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    return status_beneath(c_.system(), *area, r.source);
  }

  mutation_context& c_;
  publishing publishing_;
  std::vector<redo_entry> redo_;
};

}  // namespace commitpoint::detail
