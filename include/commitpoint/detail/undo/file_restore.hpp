#pragma once

/// \file
/// Puts files back from their backups, and gives a file that only grows its old length.

#include <commitpoint/detail/undo/link_restore.hpp>
#include <commitpoint/detail/undo/removal.hpp>
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

  template <class Backup>
  result<void> restore_file(const std::string& plain, const Backup& was, const system::handle& area) {
    const auto& [about, state, backup] = std::tie(was.about, was.state, was.backup);
    BOOST_OUTCOME_TRY(auto at, c_.locate_making_parents(plain));
    BOOST_OUTCOME_TRY(const auto live, c_.by.system().status(at.directory, at.name));
    const auto now = version_state::of(live);
    const bool same_version = now.same(state) && now.inode == state.inode;
    if (c_.stamps_hold && same_version && live.changed == was.changed) return success();  // untouched
    BOOST_OUTCOME_TRYV(require_intact(plain, was, area));
    BOOST_OUTCOME_TRYV(c_.note_filesystem(at));
    BOOST_OUTCOME_TRYV(links_.remove_beside(at));
    // A hard link, or put there by an interrupted rollback: it holds what the backup does. A chmod reached both.
    BOOST_OUTCOME_TRY(const auto saved, c_.by.system().status(area, backup));
    if (live.inode == saved.inode && live.device == saved.device) {
      return apply_metadata(c_.by.system(), at.directory, at.name, about);
    }
    BOOST_OUTCOME_TRY(const auto held, c_.by.system().status(area, same_file_name(backup)));
    const bool is_held = held.type == node::regular && held.inode == live.inode && held.device == live.device;
    if (held.type == node::regular && !is_held) return restore_name(plain, at, live, about, held, area, backup);
    // Alive, contents decide nothing where the stamps say that it was written to: it is the mutation's own.
    const bool compares = !c_.is_alive || same_version;
    bool loses_nothing = false;
    if (compares && live.type == node::regular && live.size <= state.size) {
      BOOST_OUTCOME_TRY(loses_nothing, same_content(at, area, backup, live.size));
      if (loses_nothing && live.size == state.size) {
        // Where a sync may have failed since it was written, what can be read of it need not be on the disk.
        const bool is_on_disk = !c_.is_alive ? !c_.stamps_hold : !c_.writes_again;
        if (!is_on_disk) {
          BOOST_OUTCOME_TRYV(write_same(at, area, backup));
        }
        return apply_metadata(c_.by.system(), at.directory, at.name, about);
      }
    }
    BOOST_OUTCOME_TRY(const auto around, c_.by.system().status(at.directory));
    const bool is_mounted = live.type == node::regular && live.mount != around.mount;
    bool into_inode =
        is_held || is_mounted || (live.type == node::regular && live.links > 1 && live.inode == state.inode);
    if (into_inode && !is_held && !is_mounted) {
      // One of its names may be in `kept`, where an interrupted drain has put it.
      BOOST_OUTCOME_TRY(const bool is_kept, c_.kept.keeps_inode(c_.mutation, plain, live));
      into_inode = !is_kept;
    }
    if (!loses_nothing) {
      BOOST_OUTCOME_TRYV(removal_.make_way(plain, live, into_inode ? kept_files::as::copy : kept_files::as::link));
    }
    if (into_inode) return restore_in_place(at, area, backup, about);
    // The backup stays until the restore is durable: a second link, or a copy of it, takes the live name.
    const auto spare = "spare-" + backup.substr(backup.rfind('/') + 1);
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), area, spare));
    // What another member of the group has saved is his, and so are its mode and its times.
    const auto me = c_.by.system().user();
    const bool is_mine = me == 0 || saved.user == me;
    const auto made = c_.goes_on || !is_mine ? copy_node(c_.by.system(), area, backup, area, spare)
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

  result<void> restore_length(const undo_entry& e, const system::file_status& live) {
    const auto violated = [&](const char* why) {
      return failure(make_error_code(errc::snapshot_violated), e.path, why);
    };
    if (live.type != node::regular) return violated("the file that only grows is gone");
    if (live.size < e.end.offset) return violated("the file that only grows became shorter");
    BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, e.path));
    BOOST_OUTCOME_TRY(const auto file, c_.by.system().open(at.directory, at.name, {.access = access::read_write}));
    BOOST_OUTCOME_TRY(const bool grown, has_end(c_.by.system(), file, e.end));
    if (!grown) return violated("what stood before the appended part was changed");
    if (live.size > e.end.offset) {
      if (!c_.is_alive) {
        BOOST_OUTCOME_TRYV(c_.kept.keep_tail(c_.mutation, e.path, e.end.offset,
                                             "it was behind the old end when the interrupted mutation was undone"));
      }
      BOOST_OUTCOME_TRYV(c_.by.system().truncate(file, e.end.offset));
    }
    return apply_metadata(c_.by.system(), at.directory, at.name, e.about);
  }

 private:
  // `was` is an undo_entry or a manifest_entry.
  template <class Backup>
  result<void> require_intact(const std::string& plain, const Backup& was, const system::handle& area) {
    auto whole = c_.by.shared().snapshot.intact(c_.by.system(), area, was.backup, was.evidence);
    if (!whole) return std::move(whole).error().on(plain);
    if (whole.value()) return success();
    return failure(make_error_code(errc::journal_corrupt), plain, "its backup is missing or altered");
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
  result<void> write_same(const located& at, const system::handle& area, const std::string& backup) {
    auto file = open_for_writing(at);
    if (!file && file.error() == std::errc::text_file_busy)
      return success();  // nobody has written to a running program
    BOOST_OUTCOME_TRY(const auto live, std::move(file));
    BOOST_OUTCOME_TRY(const auto source, open_beneath(c_.by.system(), area, backup, {}));
    return copy_content(c_.by.system(), source, live);
  }

  // Other names share the inode, so its content is put back into it.
  result<void> restore_in_place(const located& at, const system::handle& area, const std::string& backup,
                                const metadata& about) {
    BOOST_OUTCOME_TRY(const auto source, open_beneath(c_.by.system(), area, backup, {}));
    BOOST_OUTCOME_TRY(const auto file, open_for_writing(at));
    BOOST_OUTCOME_TRYV(c_.by.system().truncate(file, 0));
    BOOST_OUTCOME_TRYV(copy_content(c_.by.system(), source, file));
    return apply_metadata(c_.by.system(), at.directory, at.name, about);
  }

  // The name was taken away from a file with other names, or given to another: the file itself gets it back.
  result<void> restore_name(const std::string& plain, const located& at, const system::file_status& live,
                            const metadata& about, const system::file_status& held, const system::handle& area,
                            const std::string& backup) {
    const auto file = same_file_name(backup);
    BOOST_OUTCOME_TRY(auto beside, c_.by.system().open(area, ".", {.directory = true}));
    const located second{std::move(beside), file};
    BOOST_OUTCOME_TRY(const auto saved, c_.by.system().status(area, backup));
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
                                 : restore_in_place(second, area, backup, about));
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
