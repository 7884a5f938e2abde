#pragma once

/// \file
/// Puts files back from their backups, and gives a file that only grows its old length.

#include <commitpoint/detail/undo/link_restore.hpp>
#include <commitpoint/detail/undo/removal.hpp>
#include <commitpoint/detail/undo/rights.hpp>
#include <commitpoint/detail/undo/undo_context.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/copy.hpp>
#include <commitpoint/files/end.hpp>

#include <string>
#include <tuple>
#include <utility>

namespace commitpoint::detail {

/// Restores files of one rollback.
class file_restore {
 public:
  file_restore(undo_context& c, removal& removals, link_restore& links) : c_(c), removal_(removals), links_(links) {}

  // `was` is an undo_entry or a manifest_entry.
  template <class Backup>
  result<void> restore_file(const std::string& plain, const Backup& was, const system::handle& area) {
    const auto& [state, backup] = std::tie(was.state, was.backup);
    BOOST_OUTCOME_TRY(auto at, c_.locate_making_parents(plain));
    BOOST_OUTCOME_TRY(const auto live, c_.by.system().status(at.directory, at.name));
    const auto now = version_state::of(live);
    const bool same_version = now.same(state) && now.inode == state.inode;
    // Also where the power was cut since, and the file is as if nothing had been done to it.
    BOOST_OUTCOME_TRYV(links_.remove_beside(at));
    if (c_.stamps_hold && same_version && live.changed == was.changed) return success();  // untouched
    BOOST_OUTCOME_TRYV(require_intact(plain, was, area));
    BOOST_OUTCOME_TRYV(c_.note_filesystem(at));
    BOOST_OUTCOME_TRY(const auto saved, c_.by.system().status(area, backup));
    const from_backup wanted{area, backup, saved, vouched_for(was.about, was.evidence, saved)};
    // A hard link, or put there by an interrupted rollback: it holds what the backup does. A chmod reached both.
    if (live.inode == saved.inode && live.device == saved.device) {
      return live.links <= 2 ? apply_metadata(c_.by.system(), at.directory, at.name, wanted.about)
                             : replace(at, wanted);
    }
    BOOST_OUTCOME_TRY(const auto held, c_.by.system().status(area, same_file_name(backup)));
    const bool is_held = held.type == node::regular && held.inode == live.inode && held.device == live.device;
    if (held.type == node::regular && !is_held) {
      BOOST_OUTCOME_TRY(const bool is_saved, is_held_file(held, was, false));
      if (is_saved) return restore_name(plain, at, live, held, wanted);
    }
    BOOST_OUTCOME_TRY(const bool is_own, is_held ? is_held_file(live, was, true) : c_.is_the_saved(live, was));
    // Alive, contents decide nothing where the stamps say that it was written to: it is the mutation's own.
    const bool compares = !c_.is_alive || same_version;
    bool loses_nothing = false;
    if (compares && live.type == node::regular && live.size <= state.size) {
      BOOST_OUTCOME_TRY(loses_nothing, same_content(at, area, backup, live.size));
      if (loses_nothing && live.size == state.size) {
        BOOST_OUTCOME_TRY(const bool done, restore_metadata(at, live, is_own, wanted));
        if (done) return success();
      }
    }
    BOOST_OUTCOME_TRY(const auto around, c_.by.system().status(at.directory));
    const bool is_mounted = live.type == node::regular && live.mount != around.mount;
    if (is_mounted && !is_own) {
      return failure(make_error_code(errc::drifted), plain,
                     "another file is mounted on it than the one that was saved");
    }
    bool into_inode = is_own && (is_held || is_mounted || live.links > 1);
    if (into_inode && !is_held && !is_mounted) {
      // One of its names may be in `kept`, where an interrupted drain has put it.
      BOOST_OUTCOME_TRY(const bool is_kept, c_.kept.keeps_inode(c_.mutation, plain, live));
      into_inode = !is_kept;
    }
    if (!loses_nothing) {
      BOOST_OUTCOME_TRYV(removal_.make_way(plain, live, into_inode ? kept_files::as::copy : kept_files::as::link));
    }
    return into_inode ? restore_in_place(at, wanted) : replace(at, wanted);
  }

  result<void> restore_length(const undo_entry& e, const system::file_status& live) {
    const auto violated = [&](const char* why) {
      return failure(make_error_code(errc::snapshot_violated), e.path, why);
    };
    if (live.type != node::regular) return violated("the file that only grows is gone");
    if (live.size < e.end.offset) return violated("the file that only grows became shorter");
    BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, e.path));
    BOOST_OUTCOME_TRY(const auto file, c_.by.system().open(at.directory, at.name, {}));
    BOOST_OUTCOME_TRY(const bool grown, has_end(c_.by.system(), file, e.end));
    if (!grown) return violated("what stood before the appended part was changed");
    BOOST_OUTCOME_TRY(const bool is_own, c_.is_the_saved(live, e));
    if (!is_own) return replace_length(e, at, live);
    if (live.size > e.end.offset) {
      BOOST_OUTCOME_TRYV(keep_appended(e, live));
      BOOST_OUTCOME_TRY(const auto longer, open_for_writing(at));
      BOOST_OUTCOME_TRYV(c_.by.system().truncate(longer, e.end.offset));
    }
    return apply_metadata(c_.by.system(), at.directory, at.name, e.about);
  }

 private:
  // What a file is put back from, and what it gets.
  struct from_backup {
    const system::handle& area;
    const std::string& backup;
    const system::file_status& status;  // of the backup
    metadata about;
  };

  // A file with several names that is held in staging. In a copied tree it is another one, which nobody but its owner
  // can have put there. Records of before do not say how many names it had.
  template <class Backup>
  result<bool> is_held_file(const system::file_status& held, const Backup& was, bool is_live) {
    const bool may_be_copy =
        held.inode != was.state.inode && held.user == was.about.user && held.group == was.about.group;
    if (!may_be_copy && !c_.is_same_node(held, was)) return false;
    if (was.links == 0) return true;
    return c_.has_known_names(held, is_live ? was.links : was.links - 1);
  }

  template <class Backup>
  result<void> require_intact(const std::string& plain, const Backup& was, const system::handle& area) {
    auto whole = is_whole_backup(c_.by.shared(), area, was.backup, was.about, was.evidence);
    if (!whole) return std::move(whole).error().on(plain);
    if (whole.value()) return success();
    return failure(make_error_code(errc::journal_corrupt), plain, "its backup is missing or altered");
  }

  // A file that holds what was saved, and perhaps no more than that. Whether that was enough.
  result<bool> restore_metadata(const located& at, const system::file_status& live, bool is_own,
                                const from_backup& wanted) {
    // Where a sync may have failed since it was written, what can be read of it need not be on the disk.
    const bool is_on_disk = c_.is_alive ? !c_.writes_again : c_.stamps_hold;
    if (!is_own) {
      if (!is_on_disk || live.links != 1) return false;
      BOOST_OUTCOME_TRY(const auto now, read_metadata(c_.by.system(), at.directory, at.name));
      return now == wanted.about;
    }
    if (!is_on_disk) {
      BOOST_OUTCOME_TRYV(write_same(at, wanted));
    }
    BOOST_OUTCOME_TRYV(apply_metadata(c_.by.system(), at.directory, at.name, wanted.about));
    return true;
  }

  // The backup stays until the restore is durable: a second link to it, or a copy, takes the live name. A copy also
  // where another name leads to the backup, which may be anybody's.
  result<void> replace(const located& at, const from_backup& wanted) {
    const auto& [area, backup, status, about] = wanted;
    const auto spare = "spare-" + backup.substr(backup.rfind('/') + 1);
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), area, spare));
    // What another member of the group has saved is his, and so are its mode and its times.
    const auto me = c_.by.system().user();
    const bool is_mine = me == 0 || status.user == me;
    const auto made = c_.goes_on || !is_mine || status.links > 1 ? copy_node(c_.by.system(), area, backup, area, spare)
                                                                 : c_.by.system().link(area, backup, area, spare);
    if (made) {
      BOOST_OUTCOME_TRYV(apply_metadata(c_.by.system(), area, spare, about));
      auto renamed = c_.by.system().rename(area, spare, at.directory, at.name, system::rename_how::replace);
      if (renamed || renamed.error() != std::errc::cross_device_link) return renamed;
    }
    const auto beside = beside_name(c_.mutation, at.name);
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), at.directory, beside));
    BOOST_OUTCOME_TRY(const auto source, open_beneath(c_.by.system(), area, backup, {}));
    BOOST_OUTCOME_TRY(const auto copy, write_new_file(c_.by.system(), at.directory, beside, {}, 0600));
    BOOST_OUTCOME_TRYV(copy_content(c_.by.system(), source, copy));
    BOOST_OUTCOME_TRYV(apply_metadata(c_.by.system(), at.directory, beside, about));
    return c_.by.system().rename(at.directory, beside, at.directory, at.name, system::rename_how::replace);
  }

  result<void> keep_appended(const undo_entry& e, const system::file_status& live) {
    if (c_.is_alive || live.size <= e.end.offset) return success();
    return c_.kept.keep_tail(c_.mutation, e.path, e.end.offset,
                             "it was behind the old end when the interrupted mutation was undone");
  }

  // Another file than the one that was to grow, which begins as that did: a copy of its beginning takes its place, and
  // is nobody's proof of rights.
  result<void> replace_length(const undo_entry& e, const located& at, const system::file_status& live) {
    const auto about = without_rights(e.about);
    if (live.size == e.end.offset && live.links == 1) {
      BOOST_OUTCOME_TRY(const auto now, read_metadata(c_.by.system(), at.directory, at.name));
      if (now == about) return success();
    }
    BOOST_OUTCOME_TRYV(keep_appended(e, live));
    BOOST_OUTCOME_TRYV(links_.remove_beside(at));
    const auto beside = beside_name(c_.mutation, at.name);
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), at.directory, beside));
    BOOST_OUTCOME_TRY(const auto source, c_.by.system().open(at.directory, at.name, {}));
    BOOST_OUTCOME_TRY(const auto copy, write_new_file(c_.by.system(), at.directory, beside, {}, 0600));
    BOOST_OUTCOME_TRYV(copy_range(c_.by.system(), source, 0, copy, 0, e.end.offset));
    BOOST_OUTCOME_TRYV(apply_metadata(c_.by.system(), at.directory, beside, about));
    return c_.by.system().rename(at.directory, beside, at.directory, at.name, system::rename_how::replace);
  }

  // The caller gives it its own mode again.
  result<system::handle> open_for_writing(const located& at) {
    auto target = c_.by.system().open(at.directory, at.name, {.access = access::read_write});
    if (target || target.error() != std::errc::permission_denied) return target;
    BOOST_OUTCOME_TRY(const auto closed, c_.by.system().open(at.directory, at.name, {.access = access::path}));
    BOOST_OUTCOME_TRYV(c_.by.system().set_mode(closed, 0600));
    return c_.by.system().open(at.directory, at.name, {.access = access::read_write});
  }

  // The bytes that are there already, so that the next sync has something to write.
  result<void> write_same(const located& at, const from_backup& wanted) {
    auto file = open_for_writing(at);
    if (!file && file.error() == std::errc::text_file_busy)
      return success();  // nobody has written to a running program
    BOOST_OUTCOME_TRY(const auto live, std::move(file));
    BOOST_OUTCOME_TRY(const auto source, open_beneath(c_.by.system(), wanted.area, wanted.backup, {}));
    return copy_content(c_.by.system(), source, live);
  }

  // Other names share the inode, so its content is put back into it.
  result<void> restore_in_place(const located& at, const from_backup& wanted) {
    BOOST_OUTCOME_TRY(const auto source, open_beneath(c_.by.system(), wanted.area, wanted.backup, {}));
    BOOST_OUTCOME_TRY(const auto file, open_for_writing(at));
    BOOST_OUTCOME_TRYV(c_.by.system().truncate(file, 0));
    BOOST_OUTCOME_TRYV(copy_content(c_.by.system(), source, file));
    return apply_metadata(c_.by.system(), at.directory, at.name, wanted.about);
  }

  // The name was taken away from a file with other names, or given to another: the file itself gets it back.
  result<void> restore_name(const std::string& plain, const located& at, const system::file_status& live,
                            const system::file_status& held, const from_backup& wanted) {
    const auto& [area, backup, saved, about] = wanted;
    const auto file = same_file_name(backup);
    BOOST_OUTCOME_TRY(auto beside, c_.by.system().open(area, ".", {.directory = true}));
    const located second{std::move(beside), file};
    bool as_it_was = held.size == saved.size;
    if (as_it_was) {
      BOOST_OUTCOME_TRY(as_it_was, same_content(second, area, backup, saved.size));
    }
    if (!as_it_was && !c_.is_alive) {
      BOOST_OUTCOME_TRYV(c_.kept.keep_copy(c_.mutation, plain + ".other-name", second,
                                           "another name of the file was written to when the interrupted mutation was "
                                           "undone"));
    }
    BOOST_OUTCOME_TRYV(as_it_was ? apply_metadata(c_.by.system(), area, file, about)
                                 : restore_in_place(second, wanted));
    BOOST_OUTCOME_TRYV(removal_.make_way(plain, live));
    const auto spare = "spare-" + file;
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), area, spare));
    BOOST_OUTCOME_TRYV(c_.by.system().link(area, file, area, spare));
    return c_.by.system().rename(area, spare, at.directory, at.name, system::rename_how::replace);
  }

  // Whether the live file is what its backup begins with.
  result<bool> same_content(const located& at, const system::handle& area, const std::string& backup,
                            std::uint64_t size) {
    auto live = c_.by.system().open(at.directory, at.name, {});
    if (!live) return false;
    BOOST_OUTCOME_TRY(const auto saved, open_beneath(c_.by.system(), area, backup, {}));
    return same_beginning(c_.by.system(), live.value(), saved, size);
  }

  undo_context& c_;
  removal& removal_;
  link_restore& links_;
};

}  // namespace commitpoint::detail
