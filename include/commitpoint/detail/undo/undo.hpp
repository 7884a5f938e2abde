#pragma once

/// \file
/// Undoing effects in place, newest first. Every step may be repeated.
///
/// While the mutation's owner is alive, what stands in the way is the mutation's own. After a crash its files and a
/// person's cannot be told apart, so what cannot be proven to be the mutation's own is kept first.

#include <commitpoint/detail/undo/database_tools.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/undo/keep.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/detail/undo/tree_snapshot.hpp>
#include <commitpoint/detail/undo/undo_order.hpp>

#include <exception>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace commitpoint::detail {

class undoing {
 public:
  using way = undo_entry::way;
  enum class when : std::uint8_t { alive, after_crash };

  /// `began` is when the mutation did, for `when::alive`. `stamps_hold` says that no power cut came between: content
  /// may reach the disk before the times of its file do, so after one equal times prove nothing.
  undoing(session& by, std::uint64_t mutation, when w, std::int64_t began, bool stamps_hold, report& into)
      : by_(by),
        mutation_(mutation),
        when_(w),
        began_(began),
        stamps_hold_(stamps_hold),
        keeper_(by, into),
        touched_(by.new_sync_set()) {
    touched_.add_unknown();
  }

  /// The mutation goes on afterwards, and may write in place to what is restored now: no live file may share the inode
  /// of a backup that another rollback can need.
  void mutation_goes_on() noexcept { goes_on_ = true; }

  /// A sync failed since: what was put back already may be readable, and yet lost.
  void write_again() noexcept { writes_again_ = true; }

  /// Undoes all, newest first; the times of directories last. The restores are not durable yet.
  result<void> undo_all(std::span<const undo_entry> oldest_first) {
    BOOST_OUTCOME_TRYV(touched_.add_filesystem(by_.system(), by_.where().state, by_.where().state_status.device));
    const auto needed = needed_entries(oldest_first);
    for (auto next = needed.rbegin(); next != needed.rend(); ++next) {
      const auto& e = **next;
      by_.say(step::undo, mutation_, e.path);
      auto done = e.how == way::compensate ? compensate(e) : undo(e);
      if (!done) return std::move(done).error().at(step::undo).on(e.path);
      if (e.parent_modified) parents_[std::string(parent_of(e.path))] = *e.parent_modified;
    }
    for (const auto& [plain, modified] : parents_) {
      BOOST_OUTCOME_TRYV(restore_time(plain, modified));
    }
    return success();
  }

  /// Notes where something is undone, or was before, which the barrier has to cover as well: what a drain that was
  /// interrupted removed, or gave its time back, need not be so on the disk.
  result<void> note(const undo_entry& e) {
    if (e.how == way::compensate) return success();
    auto at = locate(by_.system(), by_.where().root, e.path);
    if (at) {
      BOOST_OUTCOME_TRYV(note_filesystem(at.value()));
      BOOST_OUTCOME_TRY(const auto live, by_.system().status(at.value().directory, at.value().name));
      return touched_.add_mounted(by_.system(), at.value().directory, at.value().name, live);
    }
    const bool missing = at.error() == std::errc::no_such_file_or_directory || at.error() == std::errc::not_a_directory;
    return missing ? result<void>(success()) : std::move(at).error();
  }

  /// What a barrier has to cover afterwards.
  [[nodiscard]] sync_set& touched() noexcept { return touched_; }

 private:
  result<void> undo(const undo_entry& e) {
    BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, e.path));
    BOOST_OUTCOME_TRYV(refuse_moved(e, live));
    BOOST_OUTCOME_TRYV(note(e));
    switch (e.how) {
      case way::restore_absence: return clear(e.path, live, keeping::nothing);
      case way::remove_scratch: return remove_private(e, live);
      case way::remove_created: return remove_created(e, live);
      case way::restore_database: return restore_database(e, live);
      case way::compensate: break;  // not by a path
      case way::restore_link: return restore_link(e.path, e.about, live);
      case way::restore_length: return restore_length(e, live);
      case way::restore_tree: return restore_tree(e);
      case way::restore_file: break;
    }
    BOOST_OUTCOME_TRY(const auto area, open_area());
    return restore_file(e.path, e, area);
  }

  // `was` is an undo_entry or a manifest_entry.
  template <class Saved>
  result<void> require_intact(const std::string& plain, const Saved& was, const system::handle& area) {
    auto whole = by_.shared().snapshot.intact(by_.system(), area, was.backup, was.evidence);
    if (!whole) return std::move(whole).error().on(plain);
    if (whole.value()) return success();
    return failure(make_error_code(errc::journal_corrupt), plain, "its backup is missing or altered");
  }

  // By the application's own function; what it throws is a failure like any other.
  result<void> compensate(const undo_entry& e) {
    const auto about = "the compensation '" + e.compensation + "' ";
    const auto known = by_.shared().settings.compensations.find(e.compensation);
    if (known == by_.shared().settings.compensations.end()) {
      return failure(make_error_code(errc::unknown_compensation), {}, about + "is not in options::compensations");
    }
    const auto threw = std::make_error_code(std::errc::operation_canceled);
    try {
      const auto& encoded = e.arguments.bytes();
      const auto arguments = encoded.empty() ? nlohmann::json() : nlohmann::json::from_cbor(encoded, true, false);
      const auto done = known->second(arguments);
      if (done) return success();
      const auto& why = done.error();
      return failure(why.code, why.path(),
                     about + "failed" + (why.explanation().empty() ? "" : ": " + why.explanation()));
    } catch (const std::exception& x) {
      return failure(threw, {}, about + "threw: " + x.what());
    } catch (...) {
      return failure(threw, {}, about + "threw something");
    }
  }

  // While the owner lives, what is mounted over the path since is not what the mutation wrote to.
  result<void> refuse_moved(const undo_entry& e, const system::file_status& live) {
    if (when_ != when::alive || e.device == 0) return success();
    const auto check = [&](const system::file_status& now) -> result<void> {
      if (now.device == e.device && now.mount == e.mount) return success();
      return failure(make_error_code(errc::drifted), e.path, "it is on another device now");
    };
    if (e.how == way::restore_tree && live.type == node::directory) return check(live);
    auto plain = e.path;
    auto at = locate(by_.system(), by_.where().root, plain);
    while (!at && at.error() == std::errc::no_such_file_or_directory && !parent_of(plain).empty()) {
      plain = parent_of(plain);
      at = locate(by_.system(), by_.where().root, plain);
    }
    if (!at) return std::move(at).error();
    BOOST_OUTCOME_TRY(const auto parent, by_.system().status(at.value().directory));
    return check(parent);
  }

  // Everything below a directory that will be emptied or put right, and can be from here on; unless another file system
  // is mounted in it.
  result<std::vector<tree_entry>> own_entries(const std::string& plain, const system::file_status& top) {
    BOOST_OUTCOME_TRY(auto entries, accessible_entries_below(by_.system(), by_.where().root, plain));
    for (const auto& [entry, status] : entries) {
      if (status.device == top.device && status.mount == top.mount) continue;
      return failure(make_error_code(errc::drifted), entry, "another file system is mounted there");
    }
    return entries;
  }

  result<system::handle> open_area() {
    auto area = by_.system().open(by_.where().staging, staging_name(mutation_), {.directory = true});
    if (!area) return std::move(area).error().on(staging_name(mutation_));
    return area;
  }

  // Bytes are kept unless they are certainly the mutation's own.
  result<void> keep_unless_ours(const std::string& plain, const system::file_status& live, bool ours,
                                keeper::as how = keeper::as::link) {
    const bool empty = live.type == node::regular && live.size == 0;
    if (when_ == when::alive || ours || empty) return success();
    return keeper_.keep(mutation_, plain, "it was there when the interrupted mutation was undone", how);
  }

  result<void> remove_one(const std::string& plain, const system::file_status& live, bool ours) {
    BOOST_OUTCOME_TRYV(keep_unless_ours(plain, live, ours));
    BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, plain));
    return by_.system().remove_file(at.directory, at.name);
  }

  // What of a directory's content is kept while the owner lives (after a crash, everything is): nothing where the
  // mutation was alone; what is older than the mutation, which was moved there; or all, where it is another directory.
  enum class keeping : std::uint8_t { nothing, older, all };

  // Removes whatever is at a path; of a directory everything below it.
  result<void> clear(const std::string& plain, const system::file_status& live, keeping what) {
    if (live.type == node::none) return success();
    if (live.type != node::directory) return remove_one(plain, live, false);
    BOOST_OUTCOME_TRY(auto entries, own_entries(plain, live));
    entries.insert(entries.begin(), tree_entry{plain, live});
    for (auto e = entries.rbegin(); e != entries.rend(); ++e) {
      if (e->status.type == node::directory) {
        BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, e->path));
        BOOST_OUTCOME_TRYV(by_.system().remove_directory(at.directory, at.name));
        continue;
      }
      const bool is_older = !e->status.born || *e->status.born < began_;
      if (what == keeping::all || (what == keeping::older && is_older)) {
        BOOST_OUTCOME_TRYV(keeper_.keep(mutation_, e->path, "it is not what the mutation that was undone registered"));
      }
      BOOST_OUTCOME_TRYV(remove_one(e->path, e->status, false));
    }
    return success();
  }

  // A private directory goes with everything in it. Another one of that name is somebody else's: it stays, or, where a
  // copied tree may have given ours another inode, what is in it is kept.
  result<void> remove_private(const undo_entry& e, const system::file_status& live) {
    if (live.type == node::none) return success();
    const bool is_other = live.inode != e.state.inode || (e.born && live.born && *live.born != *e.born);
    const bool may_be_other = e.record == journal::record_kind::scratch && when_ == when::after_crash;
    if (e.state.inode != 0 ? is_other : may_be_other) {
      return when_ == when::alive ? result<void>(success()) : clear(e.path, live, keeping::all);
    }
    BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, e.path));
    return remove_tree(by_.system(), at.directory, at.name);
  }

  result<void> remove_created(const undo_entry& e, const system::file_status& live) {
    if (live.type == node::none) return success();
    const bool same = live.inode == e.state.inode && live.type == e.state.type && live.born == e.born;
    if (!same) {
      if (live.type == node::directory) return clear(e.path, live, keeping::all);
      BOOST_OUTCOME_TRYV(keeper_.keep(mutation_, e.path, "it is not the file that the mutation registered"));
      return remove_one(e.path, live, true);
    }
    if (live.type == node::directory) return clear(e.path, live, keeping::older);
    return remove_one(e.path, live, live.changed == e.changed);
  }

  result<void> restore_link(const std::string& plain, const metadata& about, const system::file_status& live) {
    BOOST_OUTCOME_TRY(const auto at, locate_making_parents(plain));
    BOOST_OUTCOME_TRYV(note_filesystem(at));
    BOOST_OUTCOME_TRYV(remove_beside(at));
    BOOST_OUTCOME_TRY(const auto now, read_metadata(by_.system(), at.directory, at.name));
    if (now.type == node::symlink && now.target == about.target) {
      return now == about ? result<void>(success()) : apply_metadata(by_.system(), at.directory, at.name, about);
    }
    BOOST_OUTCOME_TRYV(make_way(plain, live));
    // Made in staging, which a crash cannot leave anything in; a link alone had no need of it before.
    BOOST_OUTCOME_TRYV(make_directory_if_missing(by_.system(), by_.where().staging, staging_name(mutation_), 0700));
    BOOST_OUTCOME_TRY(const auto area, open_area());
    BOOST_OUTCOME_TRYV(make_link(about, area, "spare-link"));
    auto renamed = by_.system().rename(area, "spare-link", at.directory, at.name, system::rename_how::replace);
    if (renamed || renamed.error() != std::errc::cross_device_link) return renamed;
    const auto beside = beside_name(mutation_, at.name);
    BOOST_OUTCOME_TRYV(make_link(about, at.directory, beside));
    return by_.system().rename(at.directory, beside, at.directory, at.name, system::rename_how::replace);
  }

  result<void> make_link(const metadata& about, const system::handle& directory, const std::string& name) {
    BOOST_OUTCOME_TRYV(remove_tree(by_.system(), directory, name));
    BOOST_OUTCOME_TRYV(by_.system().make_symlink(about.target, directory, name));
    return apply_metadata(by_.system(), directory, name, about);
  }

  // What an interrupted restore has left where staging is on another device.
  result<void> remove_beside(const located& at) {
    if (when_ == when::alive) return success();
    BOOST_OUTCOME_TRY(const auto around, by_.system().status(at.directory));
    const auto& state = by_.where().state_status;
    if (around.device == state.device && around.mount == state.mount) return success();
    return remove_tree(by_.system(), at.directory, beside_name(mutation_, at.name));
  }

  result<void> note_filesystem(const located& at) {
    BOOST_OUTCOME_TRY(const auto parent, by_.system().status(at.directory));
    return touched_.add_filesystem(by_.system(), at.directory, parent.device);
  }

  // What is live and is about to be replaced by a restored file or link.
  result<void> make_way(const std::string& plain, const system::file_status& live,
                        keeper::as how = keeper::as::link) {
    if (live.type == node::directory) return clear(plain, live, keeping::nothing);
    if (live.type == node::none) return success();
    return keep_unless_ours(plain, live, false, how);
  }

  template <class Saved>
  result<void> restore_file(const std::string& plain, const Saved& was, const system::handle& area) {
    const auto& [about, state, backup] = std::tie(was.about, was.state, was.backup);
    BOOST_OUTCOME_TRY(auto at, locate_making_parents(plain));
    BOOST_OUTCOME_TRY(const auto live, by_.system().status(at.directory, at.name));
    const auto now = version_state::of(live);
    const bool same_version = now.same(state) && now.inode == state.inode;
    if (stamps_hold_ && same_version && live.changed == was.changed) return success();  // untouched
    BOOST_OUTCOME_TRYV(require_intact(plain, was, area));
    BOOST_OUTCOME_TRYV(note_filesystem(at));
    BOOST_OUTCOME_TRYV(remove_beside(at));
    // A hard link, or put there by an interrupted rollback: it holds what the backup does. A chmod reached both.
    BOOST_OUTCOME_TRY(const auto saved, by_.system().status(area, backup));
    if (live.inode == saved.inode && live.device == saved.device) {
      return apply_metadata(by_.system(), at.directory, at.name, about);
    }
    BOOST_OUTCOME_TRY(const auto held, by_.system().status(area, same_file_name(backup)));
    const bool is_held = held.type == node::regular && held.inode == live.inode && held.device == live.device;
    if (held.type == node::regular && !is_held) return restore_name(plain, at, live, about, held, area, backup);
    // Alive, contents decide nothing where the stamps say that it was written to: it is the mutation's own.
    const bool compares = when_ == when::after_crash || same_version;
    bool loses_nothing = false;
    if (compares && live.type == node::regular && live.size <= state.size) {
      BOOST_OUTCOME_TRY(loses_nothing, same_content(at, area, backup, live.size));
      if (loses_nothing && live.size == state.size) {
        // Where a sync may have failed since it was written, what can be read of it need not be on the disk.
        const bool is_on_disk = when_ == when::after_crash ? !stamps_hold_ : !writes_again_;
        if (!is_on_disk) {
          BOOST_OUTCOME_TRYV(write_same(at, area, backup));
        }
        return apply_metadata(by_.system(), at.directory, at.name, about);
      }
    }
    BOOST_OUTCOME_TRY(const auto around, by_.system().status(at.directory));
    const bool is_mounted = live.type == node::regular && live.mount != around.mount;
    bool into_inode =
        is_held || is_mounted || (live.type == node::regular && live.links > 1 && live.inode == state.inode);
    if (into_inode && !is_held && !is_mounted) {
      // One of its names may be in `kept`, where an interrupted drain has put it.
      BOOST_OUTCOME_TRY(const bool is_kept, keeper_.keeps_inode(mutation_, plain, live));
      into_inode = !is_kept;
    }
    if (!loses_nothing) {
      BOOST_OUTCOME_TRYV(make_way(plain, live, into_inode ? keeper::as::copy : keeper::as::link));
    }
    if (into_inode) return restore_in_place(at, area, backup, about);
    // The backup stays until the restore is durable: a second link, or a copy of it, takes the live name.
    const auto spare = "spare-" + backup.substr(backup.rfind('/') + 1);
    BOOST_OUTCOME_TRYV(remove_tree(by_.system(), area, spare));
    const auto made =
        goes_on_ ? copy_node(by_.system(), area, backup, area, spare) : by_.system().link(area, backup, area, spare);
    if (made) {
      BOOST_OUTCOME_TRYV(apply_metadata(by_.system(), area, spare, about));
      auto renamed = by_.system().rename(area, spare, at.directory, at.name, system::rename_how::replace);
      if (renamed || renamed.error() != std::errc::cross_device_link) return renamed;
    }
    const auto beside = beside_name(mutation_, at.name);
    BOOST_OUTCOME_TRYV(remove_tree(by_.system(), at.directory, beside));
    BOOST_OUTCOME_TRY(const auto source, open_beneath(by_.system(), area, backup, {}));
    BOOST_OUTCOME_TRY(const auto copy, write_new_file(by_.system(), at.directory, beside, {}, 0600));
    BOOST_OUTCOME_TRYV(copy_content(by_.system(), source, copy));
    BOOST_OUTCOME_TRYV(apply_metadata(by_.system(), at.directory, beside, about));
    return by_.system().rename(at.directory, beside, at.directory, at.name, system::rename_how::replace);
  }

  // The caller gives it its own mode again.
  result<system::handle> open_for_writing(const located& at) {
    auto target = by_.system().open(at.directory, at.name, {.access = access::read_write});
    if (target || target.error() != std::errc::permission_denied) return target;
    BOOST_OUTCOME_TRY(const auto closed, by_.system().open(at.directory, at.name, {.access = access::path}));
    BOOST_OUTCOME_TRYV(by_.system().set_mode(closed, 0600));
    return by_.system().open(at.directory, at.name, {.access = access::read_write});
  }

  // The bytes that are there already, so that the next sync has something to write.
  result<void> write_same(const located& at, const system::handle& area, const std::string& backup) {
    auto file = open_for_writing(at);
    if (!file && file.error() == std::errc::text_file_busy)
      return success();  // nobody has written to a running program
    BOOST_OUTCOME_TRY(const auto live, std::move(file));
    BOOST_OUTCOME_TRY(const auto source, open_beneath(by_.system(), area, backup, {}));
    return copy_content(by_.system(), source, live);
  }

  // Other names share the inode, so its content is put back into it.
  result<void> restore_in_place(const located& at, const system::handle& area, const std::string& backup,
                                const metadata& about) {
    BOOST_OUTCOME_TRY(const auto source, open_beneath(by_.system(), area, backup, {}));
    BOOST_OUTCOME_TRY(const auto file, open_for_writing(at));
    BOOST_OUTCOME_TRYV(by_.system().truncate(file, 0));
    BOOST_OUTCOME_TRYV(copy_content(by_.system(), source, file));
    return apply_metadata(by_.system(), at.directory, at.name, about);
  }

  // The name was taken away from a file with other names, or given to another: the file itself gets it back.
  result<void> restore_name(const std::string& plain, const located& at, const system::file_status& live,
                            const metadata& about, const system::file_status& held, const system::handle& area,
                            const std::string& backup) {
    const auto file = same_file_name(backup);
    BOOST_OUTCOME_TRY(auto beside, by_.system().open(area, ".", {.directory = true}));
    const located second{std::move(beside), file};
    BOOST_OUTCOME_TRY(const auto saved, by_.system().status(area, backup));
    bool as_it_was = held.size == saved.size;
    if (as_it_was) {
      BOOST_OUTCOME_TRY(as_it_was, same_content(second, area, backup, saved.size));
    }
    if (!as_it_was && when_ == when::after_crash) {
      BOOST_OUTCOME_TRYV(keeper_.keep_copy(mutation_, plain + ".other-name", second,
                                           "another name of the file was written to when the interrupted mutation was "
                                           "undone"));
    }
    BOOST_OUTCOME_TRYV(as_it_was ? apply_metadata(by_.system(), area, file, about)
                                 : restore_in_place(second, area, backup, about));
    BOOST_OUTCOME_TRYV(make_way(plain, live));
    const auto spare = "spare-" + file;
    BOOST_OUTCOME_TRYV(remove_tree(by_.system(), area, spare));
    BOOST_OUTCOME_TRYV(by_.system().link(area, file, area, spare));
    return by_.system().rename(area, spare, at.directory, at.name, system::rename_how::replace);
  }

  // Whether the live file is what its backup begins with.
  result<bool> same_content(const located& at, const system::handle& area, const std::string& backup,
                            std::uint64_t size) {
    auto live = by_.system().open(at.directory, at.name, {});
    if (!live) return false;
    BOOST_OUTCOME_TRY(const auto saved, open_beneath(by_.system(), area, backup, {}));
    return same_beginning(by_.system(), live.value(), saved, size);
  }

  result<located> locate_making_parents(const std::string& plain) {
    auto at = locate(by_.system(), by_.where().root, plain);
    if (at || at.error() != std::errc::no_such_file_or_directory) return at;
    for (auto end = plain.find('/'); end != std::string::npos; end = plain.find('/', end + 1)) {
      BOOST_OUTCOME_TRY(const auto parent, locate(by_.system(), by_.where().root, plain.substr(0, end)));
      BOOST_OUTCOME_TRYV(make_directory_if_missing(by_.system(), parent.directory, parent.name, 0777));
    }
    return locate(by_.system(), by_.where().root, plain);
  }

  result<void> restore_length(const undo_entry& e, const system::file_status& live) {
    const auto violated = [&](const char* why) {
      return failure(make_error_code(errc::snapshot_violated), e.path, why);
    };
    if (live.type != node::regular) return violated("the file that only grows is gone");
    if (live.size < e.end.offset) return violated("the file that only grows became shorter");
    BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, e.path));
    BOOST_OUTCOME_TRY(const auto file, by_.system().open(at.directory, at.name, {.access = access::read_write}));
    BOOST_OUTCOME_TRY(const bool grown, has_end(by_.system(), file, e.end));
    if (!grown) return violated("what stood before the appended part was changed");
    if (live.size > e.end.offset) {
      if (when_ == when::after_crash) {
        BOOST_OUTCOME_TRYV(keeper_.keep_tail(mutation_, e.path, e.end.offset,
                                             "it was behind the old end when the interrupted mutation was undone"));
      }
      BOOST_OUTCOME_TRYV(by_.system().truncate(file, e.end.offset));
    }
    return apply_metadata(by_.system(), at.directory, at.name, e.about);
  }

  // By SQLite, beside whatever connections are open. After a crash what the database holds then is kept first, unless
  // it is what is to be restored.
  result<void> restore_database(const undo_entry& e, const system::file_status& live) {
    if (database_tool() == nullptr) return no_database_tool(e.path);
    BOOST_OUTCOME_TRY(auto area, open_area());
    BOOST_OUTCOME_TRY(const bool whole, is_whole_database(by_.system(), area, e));
    if (!whole) return failure(make_error_code(errc::journal_corrupt), e.path, "its backup is missing or altered");
    BOOST_OUTCOME_TRY(const auto at, locate_making_parents(e.path));
    BOOST_OUTCOME_TRYV(note_filesystem(at));
    BOOST_OUTCOME_TRY(const auto root_path, by_.system().path_of(by_.where().root));
    BOOST_OUTCOME_TRY(const auto area_path, by_.system().path_of(area));
    const auto transfer = [&](const std::string& from, const std::string& to) {
      return database_tool()(from, to, e.path, by_.shared().settings.database_busy_timeout, by_.system().database_vfs());
    };
    if (live.type == node::regular && (live.mode & 0600U) != 0600U) {  // or SQLite could not write to it
      BOOST_OUTCOME_TRY(const auto held, by_.system().open(at.directory, at.name, {.access = access::path}));
      BOOST_OUTCOME_TRYV(by_.system().set_mode(held, (live.mode | 0600U) & 07777U));
    }
    bool usable = true;
    if (live.type == node::regular && when_ == when::after_crash) {
      const auto now = e.backup + ".now";
      for (const auto* left : {"", "-wal", "-shm", "-journal"}) {
        BOOST_OUTCOME_TRYV(remove_tree(by_.system(), area, now + left));
      }
      auto read = transfer(root_path + "/" + e.path, area_path + "/" + now);
      usable = read || read.error() != std::errc::bad_message;
      if (usable) {
        BOOST_OUTCOME_TRYV(std::move(read));
        BOOST_OUTCOME_TRY(const bool same, same_database(by_.system(), area, e.backup, now));
        if (same) return apply_access(by_.system(), at.directory, at.name, e.about);
        const located copy{std::move(area), now};
        BOOST_OUTCOME_TRYV(
            keeper_.keep_copy(mutation_, e.path, copy, "it was there when the interrupted mutation was undone"));
      }
    } else if (live.type != node::regular && live.type != node::none) {
      BOOST_OUTCOME_TRYV(make_way(e.path, live));
      if (live.type != node::directory) {
        BOOST_OUTCOME_TRYV(by_.system().remove_file(at.directory, at.name));
      }
    }
    const auto restore = [&] { return transfer(area_path + "/" + e.backup, root_path + "/" + e.path); };
    auto restored = usable ? restore() : result<void>(std::make_error_code(std::errc::bad_message));
    if (!restored && restored.error() == std::errc::bad_message) {
      BOOST_OUTCOME_TRYV(clear_database(e.path));
      restored = restore();
    }
    BOOST_OUTCOME_TRYV(std::move(restored));
    return apply_access(by_.system(), at.directory, at.name, e.about);
  }

  // What SQLite cannot read it does not write to either: it goes as files do, with those that belong to it.
  result<void> clear_database(const std::string& plain) {
    for (const auto* suffix : {"-wal", "-shm", "-journal", ""}) {
      const auto file = plain + suffix;
      BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, file));
      if (live.type == node::regular) {
        BOOST_OUTCOME_TRYV(remove_one(file, live, std::string_view(suffix) == "-shm"));
      }
    }
    return success();
  }

  // Only what differs from the manifest is touched, so that untouched files keep their inodes.
  result<void> restore_tree(const undo_entry& e) {
    BOOST_OUTCOME_TRY(const auto area, open_area());
    tree_snapshot snapshot(by_);
    BOOST_OUTCOME_TRY(const auto manifest, snapshot.read(area, e.backup, e.evidence));
    BOOST_OUTCOME_TRYV(remove_extra(e.path, manifest));
    for (const auto& m : manifest) {
      const auto plain = m.path.empty() ? e.path : joined(e.path, m.path);
      BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, plain));
      if (m.about.type == node::directory) {
        if (live.type == node::directory) {
          // Without these bits nothing in it could be put right; it gets its own back in the end.
          if ((live.mode & 0700U) != 0700U) {
            BOOST_OUTCOME_TRY(const auto held,
                              open_beneath(by_.system(), by_.where().root, plain, {.access = access::path}));
            BOOST_OUTCOME_TRYV(by_.system().set_mode(held, live.mode | 0700U));
          }
          continue;
        }
        BOOST_OUTCOME_TRYV(make_way(plain, live));
        BOOST_OUTCOME_TRY(const auto at, locate_making_parents(plain));
        BOOST_OUTCOME_TRYV(note_filesystem(at));  // nothing else may be in it
        if (live.type != node::none) {
          BOOST_OUTCOME_TRYV(by_.system().remove_file(at.directory, at.name));
        }
        BOOST_OUTCOME_TRYV(make_directory_if_missing(by_.system(), at.directory, at.name, 0700));
      } else if (m.about.type == node::symlink) {
        BOOST_OUTCOME_TRYV(restore_link(plain, m.about, live));
      } else {
        BOOST_OUTCOME_TRY(const auto backups, by_.system().open(area, e.backup, {.directory = true}));
        BOOST_OUTCOME_TRYV(restore_file(plain, m, backups));
      }
    }
    for (auto m = manifest.rbegin(); m != manifest.rend(); ++m) {
      if (m->about.type != node::directory) continue;
      BOOST_OUTCOME_TRY(const auto at,
                        locate(by_.system(), by_.where().root, m->path.empty() ? e.path : joined(e.path, m->path)));
      BOOST_OUTCOME_TRYV(apply_metadata(by_.system(), at.directory, at.name, m->about));
    }
    return success();
  }

  result<void> remove_extra(const std::string& top, const std::vector<manifest_entry>& manifest) {
    BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, top));
    if (live.type != node::directory) return success();
    std::map<std::string_view, node> wanted;
    for (const auto& m : manifest) wanted.emplace(m.path, m.about.type);
    BOOST_OUTCOME_TRY(const auto entries, own_entries(top, live));
    for (auto x = entries.rbegin(); x != entries.rend(); ++x) {
      const auto known = wanted.find(std::string_view(x->path).substr(top.size() + 1));
      if (known != wanted.end() && (known->second == node::directory) == (x->status.type == node::directory)) continue;
      if (x->status.type == node::directory) {
        BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, x->path));
        BOOST_OUTCOME_TRYV(by_.system().remove_directory(at.directory, at.name));
      } else {
        BOOST_OUTCOME_TRYV(remove_one(x->path, x->status, false));
      }
    }
    return success();
  }

  result<void> restore_time(const std::string& plain, std::int64_t modified) {
    if (plain.empty()) return by_.system().set_modified(by_.where().root, ".", modified);
    BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, plain));
    if (live.type != node::directory || live.modified == modified) return success();
    BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, plain));
    return by_.system().set_modified(at.directory, at.name, modified);
  }

  session& by_;
  std::uint64_t mutation_;
  when when_;
  std::int64_t began_;
  bool stamps_hold_;
  bool goes_on_ = false;
  bool writes_again_ = false;
  keeper keeper_;
  sync_set touched_;
  std::map<std::string, std::int64_t> parents_;
};

}  // namespace commitpoint::detail
