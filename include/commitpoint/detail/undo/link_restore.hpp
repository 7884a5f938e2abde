#pragma once

/// \file
/// Puts symbolic links back.

#include <commitpoint/detail/undo/removal.hpp>
#include <commitpoint/detail/undo/undo_context.hpp>

#include <string>

namespace commitpoint::detail {

/// Restores links of one rollback.
class link_restore {
 public:
  link_restore(undo_context& c, removal& removals) : c_(c), removal_(removals) {}

  // `was` is an undo_entry or a manifest_entry.
  template <class Saved>
  result<void> restore_link(const std::string& plain, const Saved& was, const system::file_status& live) {
    const auto& about = was.about;
    BOOST_OUTCOME_TRY(const auto at, c_.locate_making_parents(plain));
    BOOST_OUTCOME_TRYV(c_.note_filesystem(at));
    BOOST_OUTCOME_TRYV(remove_beside(at));
    BOOST_OUTCOME_TRY(const auto now, read_metadata(c_.by.system(), at.directory, at.name));
    const bool leads_there = now.type == node::symlink && now.target == about.target;
    if (leads_there && now == about && live.links == 1) return success();
    BOOST_OUTCOME_TRY(const bool is_own, c_.is_the_saved(live, was));
    if (leads_there && is_own) {
      return apply_metadata(c_.by.system(), at.directory, at.name, about);
    }
    if (!leads_there) {
      BOOST_OUTCOME_TRYV(removal_.make_way(plain, live));
    }
    // Made in staging, which a crash cannot leave anything in; a link alone had no need of it before.
    BOOST_OUTCOME_TRYV(
        make_directory_if_missing(c_.by.system(), c_.by.where().staging, staging_name(c_.mutation), 0700));
    BOOST_OUTCOME_TRY(const auto area, c_.open_area());
    BOOST_OUTCOME_TRYV(make_link(about, area, "spare-link"));
    auto renamed = c_.by.system().rename(area, "spare-link", at.directory, at.name, system::rename_how::replace);
    if (renamed || renamed.error() != std::errc::cross_device_link) return renamed;
    const auto beside = beside_name(c_.mutation, at.name);
    BOOST_OUTCOME_TRYV(make_link(about, at.directory, beside));
    return c_.by.system().rename(at.directory, beside, at.directory, at.name, system::rename_how::replace);
  }

  // What an interrupted restore has left where staging is on another device, or no link could be made.
  result<void> remove_beside(const located& at) {
    if (c_.is_alive) return success();
    const auto beside = beside_name(c_.mutation, at.name);
    BOOST_OUTCOME_TRY(const auto there, c_.by.system().status(at.directory, beside));
    if (there.type == node::none) return success();
    BOOST_OUTCOME_TRYV(c_.note_filesystem(at));
    return remove_tree(c_.by.system(), at.directory, beside);
  }

 private:
  result<void> make_link(const metadata& about, const system::handle& directory, const std::string& name) {
    BOOST_OUTCOME_TRYV(remove_tree(c_.by.system(), directory, name));
    BOOST_OUTCOME_TRYV(c_.by.system().make_symlink(about.target, directory, name));
    return apply_metadata(c_.by.system(), directory, name, about);
  }

  undo_context& c_;
  removal& removal_;
};

}  // namespace commitpoint::detail
