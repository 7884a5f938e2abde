#pragma once

/// \file
/// Has SQLite put databases back.

#include <commitpoint/detail/undo/database_tools.hpp>
#include <commitpoint/detail/undo/removal.hpp>
#include <commitpoint/detail/undo/undo_context.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// Restores databases of one rollback.
class database_restore {
 public:
  database_restore(undo_context& c, removal& removals) : c_(c), removal_(removals) {}

  // By SQLite, beside whatever connections are open. After a crash what the database holds then is kept first, unless
  // it is what is to be restored.
  result<void> restore_database(const undo_entry& e, const system::file_status& live) {
    if (database_tool() == nullptr) return no_database_tool(e.path);
    BOOST_OUTCOME_TRY(auto area, c_.open_area());
    BOOST_OUTCOME_TRY(const bool whole, is_whole_database(c_.by.system(), area, e));
    if (!whole) return failure(make_error_code(errc::journal_corrupt), e.path, "its backup is missing or altered");
    BOOST_OUTCOME_TRY(const auto at, c_.locate_making_parents(e.path));
    BOOST_OUTCOME_TRYV(c_.note_filesystem(at));
    BOOST_OUTCOME_TRY(const auto root_path, c_.by.system().path_of(c_.by.where().root));
    BOOST_OUTCOME_TRY(const auto area_path, c_.by.system().path_of(area));
    const auto transfer = [&](const std::string& from, const std::string& to) {
      return database_tool()(from, to, e.path, c_.by.shared().settings.database_busy_timeout,
                             c_.by.system().database_vfs());
    };
    // Nobody else's file is written to, nor given another mode; in a copied tree all are others. What older records do
    // not say is taken on trust.
    BOOST_OUTCOME_TRY(const bool is_saved, c_.is_the_saved(live, e));
    const bool is_copy = live.links == 1 && live.user == e.about.user && live.group == e.about.group;
    const bool is_own = e.state.inode == 0 || is_saved || is_copy;
    if (is_own && live.type == node::regular && (live.mode & 0600U) != 0600U) {  // or SQLite could not write to it
      BOOST_OUTCOME_TRY(const auto held, c_.by.system().open(at.directory, at.name, {.access = access::path}));
      BOOST_OUTCOME_TRYV(c_.by.system().set_mode(held, (live.mode | 0600U) & 07777U));
    }
    bool usable = true;
    if (live.type == node::regular && !c_.is_alive) {
      const auto now = e.backup + ".now";
      for (const auto* left : {"", "-wal", "-shm", "-journal"}) {
        BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), area, now + left));
      }
      auto read = transfer(root_path + "/" + e.path, area_path + "/" + now);
      usable = read || read.error() != std::errc::bad_message;
      if (usable) {
        BOOST_OUTCOME_TRYV(std::move(read));
        BOOST_OUTCOME_TRY(const bool same, same_database(c_.by.system(), area, e.backup, now));
        if (same && is_own) return apply_access(c_.by.system(), at.directory, at.name, e.about);
        if (!same) {
          const located copy{std::move(area), now};
          BOOST_OUTCOME_TRYV(
              c_.kept.keep_copy(c_.mutation, e.path, copy, "it was there when the interrupted mutation was undone"));
        }
      }
    } else if (live.type != node::regular && live.type != node::none) {
      BOOST_OUTCOME_TRYV(removal_.make_way(e.path, live));
      if (live.type != node::directory) {
        BOOST_OUTCOME_TRYV(c_.by.system().remove_file(at.directory, at.name));
      }
    }
    const auto restore = [&] { return transfer(area_path + "/" + e.backup, root_path + "/" + e.path); };
    usable = usable && (is_own || live.type != node::regular);
    auto restored = usable ? restore() : result<void>(std::make_error_code(std::errc::bad_message));
    if (!restored && restored.error() == std::errc::bad_message) {
      BOOST_OUTCOME_TRYV(clear_database(e.path));
      restored = restore();
    }
    BOOST_OUTCOME_TRYV(std::move(restored));
    return apply_access(c_.by.system(), at.directory, at.name, e.about);
  }

 private:
  // What SQLite cannot read it does not write to either: it goes as files do, with those that belong to it.
  result<void> clear_database(const std::string& plain) {
    for (const auto* suffix : {"-wal", "-shm", "-journal", ""}) {
      const auto file = plain + suffix;
      BOOST_OUTCOME_TRY(const auto live, status_beneath(c_.by.system(), c_.by.where().root, file));
      if (live.type == node::regular) {
        BOOST_OUTCOME_TRYV(removal_.remove_one(file, live, std::string_view(suffix) == "-shm"));
      }
    }
    return success();
  }

  undo_context& c_;
  removal& removal_;
};

}  // namespace commitpoint::detail
