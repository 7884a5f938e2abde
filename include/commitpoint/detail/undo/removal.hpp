#pragma once

/// \file
/// What stands in the way of an undo, and what the mutation has made, is removed; whatever may be a person's is kept
/// first.

#include <commitpoint/detail/undo/undo_context.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace commitpoint::detail {

/// Removes by path, for one rollback.
class removal {
 public:
  explicit removal(undo_context& c) : c_(c) {}

  // What of a directory's content is kept while the owner lives (after a crash, everything is): nothing where the
  // mutation was alone; what is older than the mutation, which was moved there; or all, where it is another directory.
  enum class keeping : std::uint8_t { nothing, older, all };

  // What is live and is about to be replaced by a restored file or link.
  result<void> make_way(const std::string& plain, const system::file_status& live,
                        kept_files::as how = kept_files::as::link) {
    if (live.type == node::directory) return clear(plain, live, keeping::nothing);
    if (live.type == node::none) return success();
    return keep_unless_ours(plain, live, false, how);
  }

  result<void> remove_one(const std::string& plain, const system::file_status& live, bool ours) {
    BOOST_OUTCOME_TRYV(keep_unless_ours(plain, live, ours));
    BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, plain));
    return c_.by.system().remove_file(at.directory, at.name);
  }

  // Everything below a directory that will be emptied or put right, and can be from here on; unless another file system
  // is mounted in it.
  result<std::vector<tree_entry>> own_entries(const std::string& plain, const system::file_status& top) {
    BOOST_OUTCOME_TRY(auto entries, accessible_entries_below(c_.by.system(), c_.by.where().root, plain));
    for (const auto& [entry, status] : entries) {
      if (belongs_to(top, status)) continue;
      return failure(make_error_code(errc::drifted), entry, "another file system is mounted there");
    }
    return entries;
  }

  // Removes whatever is at a path; of a directory everything below it.
  result<void> clear(const std::string& plain, const system::file_status& live, keeping what) {
    if (live.type == node::none) return success();
    if (live.type != node::directory) return remove_one(plain, live, false);
    BOOST_OUTCOME_TRY(auto entries, own_entries(plain, live));
    entries.insert(entries.begin(), tree_entry{plain, live});
    for (auto e = entries.rbegin(); e != entries.rend(); ++e) {
      if (e->status.type == node::directory) {
        BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, e->path));
        BOOST_OUTCOME_TRYV(c_.by.system().remove_directory(at.directory, at.name));
        continue;
      }
      const bool is_older = !e->status.born || *e->status.born < c_.began;
      if (what == keeping::all || (what == keeping::older && is_older)) {
        BOOST_OUTCOME_TRYV(
            c_.kept.keep(c_.mutation, e->path, "it is not what the mutation that was undone registered"));
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
    const bool may_be_other = e.record == journal::record_kind::scratch && !c_.is_alive;
    if (e.state.inode != 0 ? is_other : may_be_other) {
      return c_.is_alive ? result<void>(success()) : clear(e.path, live, keeping::all);
    }
    BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, e.path));
    return remove_tree(c_.by.system(), at.directory, at.name);
  }

  result<void> remove_created(const undo_entry& e, const system::file_status& live) {
    if (live.type == node::none) return success();
    const bool same = live.inode == e.state.inode && live.type == e.state.type && live.born == e.born;
    if (!same) {
      if (live.type == node::directory) return clear(e.path, live, keeping::all);
      BOOST_OUTCOME_TRYV(c_.kept.keep(c_.mutation, e.path, "it is not the file that the mutation registered"));
      return remove_one(e.path, live, true);
    }
    if (live.type == node::directory) return clear(e.path, live, keeping::older);
    return remove_one(e.path, live, live.changed == e.changed);
  }

 private:
  // Bytes are kept unless they are certainly the mutation's own.
  result<void> keep_unless_ours(const std::string& plain, const system::file_status& live, bool ours,
                                kept_files::as how = kept_files::as::link) {
    const bool empty = live.type == node::regular && live.size == 0;
    if (c_.is_alive || ours || empty) return success();
    return c_.kept.keep(c_.mutation, plain, "it was there when the interrupted mutation was undone", how);
  }

  undo_context& c_;
};

}  // namespace commitpoint::detail
