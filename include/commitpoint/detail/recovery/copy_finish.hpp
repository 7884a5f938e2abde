#pragma once

/// \file
/// Finishing what `publish::copy` writes into live files.

#include <commitpoint/detail/recovery/finish_context.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/block_sums.hpp>

#include <utility>

namespace commitpoint::detail {

/// Finishes the copies of one mutation.
class copy_finish {
 public:
  explicit copy_finish(finish_context& c) : c_(c) {}

  // Once live files may have been written to, or where the power may have been cut, neither time nor inode says
  // anything. A file in which each block is old, new or zeros is our own work: it is written again, for whatever can be
  // read of it need not be on the disk.
  result<void> finish_copy(const redo_entry& r, const system::file_status& live) {
    BOOST_OUTCOME_TRY(const auto source, c_.source_status(r));
    if (source.type == node::none) {  // renamed to a name that had become free, or removed after it was durable
      return version_state::of(live).same(r.post) ? result<void>(success()) : c_.later_edit(r);
    }
    if (live.type != node::regular) {
      if (c_.what.published && c_.came_later(r, live)) return c_.later_edit(r);
      if (live.type != node::none) {
        BOOST_OUTCOME_TRYV(c_.make_way(r, live));
      }
      return c_.publisher.publish(r);
    }
    BOOST_OUTCOME_TRY(const auto content, content_of(r, live, source));
    const bool ours = content == live_content::whole || (content == live_content::torn && !c_.nothing_to_replay());
    if (ours) return write_again(r, live);
    if (c_.what.published && is_later(r, live)) {
      BOOST_OUTCOME_TRY(const bool garbage, c_.may_have_garbage(r));
      if (!garbage || content != live_content::unwritten) return c_.later_edit(r);
    }
    BOOST_OUTCOME_TRYV(c_.kept.keep(c_.what.number, r.path, "it was there when the interrupted mutation was finished",
                                    kept_files::as::copy));
    return c_.publisher.publish(r);
  }

 private:
  // The mutation itself has changed the time of the file that it wrote to, and gave it one in the end.
  [[nodiscard]] bool is_later(const redo_entry& r, const system::file_status& live) const {
    if (live.inode != r.pre.inode) return c_.came_later(r, live);
    if (c_.in_one_cache() || !c_.what.looked_at) return true;
    return live.modified > *c_.what.looked_at && live.modified != r.post.modified;
  }

  result<live_content> content_of(const redo_entry& r, const system::file_status& live,
                                  const system::file_status& source) {
    if (c_.in_one_cache() && !c_.what.copying && !c_.what.published) {  // nothing of ours is in it
      const bool is_old = version_state::of(live).same(r.pre);
      if (!is_old || !c_.may_be_edited(r, live)) return is_old ? live_content::torn : live_content::foreign;
    }
    BOOST_OUTCOME_TRY(const auto known, c_.read_staged(r.old));
    BOOST_OUTCOME_TRY(const auto at, c_.locate_source(r));
    BOOST_OUTCOME_TRY(const auto wanted, c_.by.system().open(at.directory, at.name, {}));
    BOOST_OUTCOME_TRY(const auto file, open_beneath(c_.by.system(), c_.by.where().root, r.path, {}));
    return content_check(c_.by.system(), wanted, source.size, sums_from(known)).look_at(file, live.size);
  }

  // A time that somebody has set since is theirs.
  result<void> write_again(const redo_entry& r, const system::file_status& live) {
    auto again = r;
    if (c_.nothing_to_replay()) {
      again.post.modified = live.modified;
      again.live_mode = live.mode;
    }
    return c_.publisher.publish(again);
  }

  finish_context& c_;
};

}  // namespace commitpoint::detail
