#pragma once

/// \file
/// Puts saved trees back.

#include <commitpoint/detail/undo/file_restore.hpp>
#include <commitpoint/detail/undo/link_restore.hpp>
#include <commitpoint/detail/undo/removal.hpp>
#include <commitpoint/detail/undo/tree_snapshot.hpp>
#include <commitpoint/detail/undo/undo_context.hpp>

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::detail {

/// Restores trees of one rollback.
class tree_restore {
 public:
  tree_restore(undo_context& c, removal& removals, link_restore& links, file_restore& files)
      : c_(c), removal_(removals), links_(links), files_(files) {}

  // Only what differs from the manifest is touched, so that untouched files keep their inodes.
  result<void> restore_tree(const undo_entry& e) {
    BOOST_OUTCOME_TRYV(remove_beside(e.path));
    BOOST_OUTCOME_TRY(const auto area, c_.open_area());
    tree_snapshot snapshot(c_.by);
    BOOST_OUTCOME_TRY(const auto manifest, snapshot.read(area, e.backup, e.evidence));
    BOOST_OUTCOME_TRYV(remove_extra(e.path, manifest));
    std::set<std::string_view> made;
    for (const auto& m : manifest) {
      const auto plain = m.path.empty() ? e.path : joined(e.path, m.path);
      BOOST_OUTCOME_TRY(const auto live, status_beneath(c_.by.system(), c_.by.where().root, plain));
      if (m.about.type == node::directory) {
        if (live.type == node::directory) {
          // Without these bits nothing in it could be put right; it gets its own back in the end.
          if ((live.mode & 0700U) != 0700U) {
            BOOST_OUTCOME_TRY(const auto held,
                              open_beneath(c_.by.system(), c_.by.where().root, plain, {.access = access::path}));
            BOOST_OUTCOME_TRYV(c_.by.system().set_mode(held, live.mode | 0700U));
          }
          continue;
        }
        BOOST_OUTCOME_TRYV(removal_.make_way(plain, live));
        BOOST_OUTCOME_TRY(const auto at, c_.locate_making_parents(plain));
        BOOST_OUTCOME_TRYV(c_.note_filesystem(at));  // nothing else may be in it
        if (live.type != node::none) {
          BOOST_OUTCOME_TRYV(c_.by.system().remove_file(at.directory, at.name));
        }
        BOOST_OUTCOME_TRYV(make_directory_if_missing(c_.by.system(), at.directory, at.name, 0700));
        made.insert(m.path);
      } else if (m.about.type == node::symlink) {
        BOOST_OUTCOME_TRYV(links_.restore_link(plain, m, live));
      } else {
        BOOST_OUTCOME_TRY(const auto backups, c_.by.system().open(area, e.backup, {.directory = true}));
        BOOST_OUTCOME_TRYV(files_.restore_file(plain, m, backups));
      }
    }
    for (auto m = manifest.rbegin(); m != manifest.rend(); ++m) {
      if (m->about.type != node::directory) continue;
      BOOST_OUTCOME_TRY(const auto at,
                        locate(c_.by.system(), c_.by.where().root, m->path.empty() ? e.path : joined(e.path, m->path)));
      BOOST_OUTCOME_TRY(const auto live, c_.by.system().status(at.directory, at.name));
      BOOST_OUTCOME_TRY(const bool is_own, c_.is_the_saved(live, *m));
      BOOST_OUTCOME_TRYV(made.contains(m->path) || is_own
                             ? apply_metadata(c_.by.system(), at.directory, at.name, m->about)
                             : restore_other_directory(at, m->about));
    }
    return success();
  }

 private:
  // What an interrupted drain has left of a new directory for the top; in the tree it goes with all that is too much.
  result<void> remove_beside(const std::string& top) {
    if (c_.is_alive) return success();
    BOOST_OUTCOME_TRY(const auto there, status_beneath(c_.by.system(), c_.by.where().root,
                                                       joined(parent_of(top), beside_name(c_.mutation, name_of(top)))));
    if (there.type == node::none) return success();
    BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, top));
    return remove_tree(c_.by.system(), at.directory, beside_name(c_.mutation, at.name));
  }

  // Another directory than the one that was saved: unless it is as that was, what is in it goes to a new one, which
  // takes its place. A directory that was copied together with the tree is as it was, unless the mutation changed it.
  result<void> restore_other_directory(const located& at, const metadata& about) {
    auto& system = c_.by.system();
    BOOST_OUTCOME_TRY(const auto now, read_metadata(system, at.directory, at.name));
    if (now == about) return success();
    const auto beside = beside_name(c_.mutation, at.name);
    BOOST_OUTCOME_TRYV(remove_tree(system, at.directory, beside));
    BOOST_OUTCOME_TRYV(system.make_directory(at.directory, beside, 0700));
    BOOST_OUTCOME_TRY(const auto old, system.open(at.directory, at.name, {.directory = true}));
    BOOST_OUTCOME_TRY(const auto fresh, system.open(at.directory, beside, {.directory = true}));
    BOOST_OUTCOME_TRY(const auto names, system.list(old));
    for (const auto& entry : names) {
      BOOST_OUTCOME_TRYV(system.rename(old, entry.name, fresh, entry.name, system::rename_how::keep));
    }
    BOOST_OUTCOME_TRYV(system.remove_directory(at.directory, at.name));
    BOOST_OUTCOME_TRYV(apply_metadata(system, at.directory, beside, about));
    return system.rename(at.directory, beside, at.directory, at.name, system::rename_how::keep);
  }

  result<void> remove_extra(const std::string& top, const std::vector<manifest_entry>& manifest) {
    BOOST_OUTCOME_TRY(const auto live, status_beneath(c_.by.system(), c_.by.where().root, top));
    if (live.type != node::directory) return success();
    std::map<std::string_view, node> wanted;
    for (const auto& m : manifest) wanted.emplace(m.path, m.about.type);
    BOOST_OUTCOME_TRY(const auto entries, removal_.own_entries(top, live));
    for (auto x = entries.rbegin(); x != entries.rend(); ++x) {
      const auto known = wanted.find(std::string_view(x->path).substr(top.size() + 1));
      if (known != wanted.end() && (known->second == node::directory) == (x->status.type == node::directory)) continue;
      if (x->status.type == node::directory) {
        BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, x->path));
        BOOST_OUTCOME_TRYV(c_.by.system().remove_directory(at.directory, at.name));
      } else {
        BOOST_OUTCOME_TRYV(removal_.remove_one(x->path, x->status, false));
      }
    }
    return success();
  }

  undo_context& c_;
  removal& removal_;
  link_restore& links_;
  file_restore& files_;
};

}  // namespace commitpoint::detail
