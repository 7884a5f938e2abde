#pragma once

/// \file
/// Making one entry of the redo list live: by its owner after the commit point, or by a drain.

#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/detail/publishing/directory_cache.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/interface.hpp>
#include <commitpoint/publish/rename.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// What a directory is made with that gets its own mode once everything in it is live.
inline constexpr std::uint32_t made_mode = 0700;

/// Publishes entries of one mutation. Each may be published again after a crash in it.
class publishing {
 public:
  publishing(session& by, std::uint64_t mutation)
      : by_(by), mutation_(mutation), directories(by), changed(by.new_sync_set()) {}

  result<void> publish(const redo_entry& r) {
    by_.say(step::publish, mutation_, r.path, r.what == action::append ? r.length : r.post.size);
    auto done = apply(r);
    if (!done) return std::move(done).error().at(step::publish).on(r.path);
    return success();
  }

  /// The mutation's own directory in staging, where that is open already; it outlives this.
  void has_staging(const system::handle& area) {
    area_ = std::shared_ptr<const system::handle>(std::shared_ptr<void>(), &area);
    area_name_.clear();
  }

  /// Before the commit point: what publishing this entry needs beyond renames, and whether it will be allowed. `live`
  /// is the nearest directory above the target that is live.
  result<void> prepare(const redo_entry& r, const std::string& live) {
    if (r.what != redo_entry::action::append && writable_.insert(live).second) {
      BOOST_OUTCOME_TRY(const auto directory, directories.get(live));
      if (!is_known_writable(directory->status)) {
        BOOST_OUTCOME_TRYV(by_.system().check_writable(directory->handle));
      }
    }
    if (r.what != redo_entry::action::put) return success();
    BOOST_OUTCOME_TRY(const auto parent, directories.get(live));
    if (r.how == publish::by_exchange && r.pre.type == node::directory) {
      BOOST_OUTCOME_TRYV(check_movable(r, *parent));
    }
    // An exchange asks what the file system can do: once of each.
    if (r.how == publish::by_exchange && !exchanges_.insert(parent->status.device).second) return success();
    return with_move(r, *parent, [&](const publish::move& move) { return way_of(r).prepare(by_.system(), move); });
  }

  /// Whether an entry is published in a way that this program can carry out.
  [[nodiscard]] bool knows(const redo_entry& r) const {
    return r.how == publish::by_rename || r.how == publish::by_exchange || r.how == publish::by_copy ||
           r.how == by_.shared().publish.word();
  }

  /// Directories get their metadata when everything below them is live.
  result<void> finish_directories(const std::vector<redo_entry>& entries) {
    for (auto r = entries.rbegin(); r != entries.rend(); ++r) {
      if (r->what != redo_entry::action::make_directory || !r->about) continue;
      BOOST_OUTCOME_TRY(const auto parent, directories.get(parent_of(r->path)));
      BOOST_OUTCOME_TRYV(apply_metadata(by_.system(), parent->handle, std::string(name_of(r->path)), *r->about));
    }
    return success();
  }

 private:
  using action = redo_entry::action;

  // By what its status says already: it is this user's, he may write to it, and it is on the very mount on which
  // staging was just written.
  [[nodiscard]] bool is_known_writable(const system::file_status& directory) const {
    const auto& state = by_.where().state_status;
    return directory.user == by_.system().user() && (directory.mode & 0300U) == 0300U && !directory.is_fixed &&
           directory.device == state.device && directory.mount == state.mount;
  }

  // A directory that gets another parent has an entry in it rewritten, for which it must be writable itself.
  result<void> check_movable(const redo_entry& r, const directory_cache::opened& parent) {
    constexpr system::open_how as_directory{.access = access::path, .directory = true};
    BOOST_OUTCOME_TRY(const auto source, source_of(r));
    BOOST_OUTCOME_TRY(const auto fresh, by_.system().open(source.from(), source.name, as_directory));
    BOOST_OUTCOME_TRYV(by_.system().check_writable(fresh));
    BOOST_OUTCOME_TRY(const auto old, by_.system().open(parent.handle, std::string(name_of(r.path)), as_directory));
    return by_.system().check_writable(old);
  }

  // Where a new version stands. The directory is held open by whichever of the two pointers it came from.
  struct place {
    directory_cache::pointer beside;
    std::shared_ptr<const system::handle> staged;
    std::string name;

    [[nodiscard]] const system::handle& from() const noexcept { return beside ? beside->handle : *staged; }
  };

  result<void> apply(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto parent, directories.get(parent_of(r.path)));
    BOOST_OUTCOME_TRYV(by_.add_filesystem(changed, parent->handle, parent->status.device));
    const std::string name(name_of(r.path));
    switch (r.what) {
      case action::remove_directory: return remove_directory(*parent, name);
      case action::make_directory: return make_directory(r, *parent, name);
      case action::append: return append(r, *parent, name);
      case action::remove: {
        BOOST_OUTCOME_TRY(const auto slot, source_of(r));
        return put_aside(parent->handle, name, slot);
      }
      case action::put: break;
    }
    if (r.how == publish::by_copy) {
      BOOST_OUTCOME_TRYV(hold_target(*parent, name));
    }
    return with_move(r, *parent, [&](const publish::move& move) { return way_of(r).put(by_.system(), move); });
  }

  // A file that is about to be written to joins the next barrier through handles that were open before; so does its
  // file system, which need not be that of its directory.
  result<void> hold_target(const directory_cache::opened& parent, const std::string& name) {
    BOOST_OUTCOME_TRY(const auto there, by_.system().status(parent.handle, name));
    if (there.type != node::regular) return success();
    const system::open_how writing{.access = access::read_write};
    BOOST_OUTCOME_TRY(auto file, by_.system().open(parent.handle, name, writing));
    if (there.device != parent.status.device) {
      BOOST_OUTCOME_TRY(auto held, by_.system().open(parent.handle, name, writing));
      changed.add_filesystem(std::move(held), there.device);
    }
    changed.add(std::move(file));
    return success();
  }

  // A power cut may have left the file at both names, and then a rename of one to the other would do nothing.
  result<void> put_aside(const system::handle& parent, const std::string& name, const place& slot) {
    using system::rename_how;
    auto moved = by_.system().rename(parent, name, slot.from(), slot.name, rename_how::keep);
    if (moved || moved.error() != std::errc::file_exists) return unless_missing(std::move(moved));
    BOOST_OUTCOME_TRY(const auto aside, by_.system().status(slot.from(), slot.name));
    BOOST_OUTCOME_TRY(const auto live, by_.system().status(parent, name));
    if (live.inode == aside.inode && live.device == aside.device) return by_.system().remove_file(parent, name);
    return unless_missing(by_.system().rename(parent, name, slot.from(), slot.name, rename_how::replace));
  }

  // Somebody else took it away between the last look and now: the outcome is the same.
  [[nodiscard]] static result<void> unless_missing(result<void> done) {
    if (!done && done.error() == std::errc::no_such_file_or_directory) return success();
    return done;
  }

  // A directory that a stranger has put something into meanwhile stays, with what the stranger put there.
  result<void> remove_directory(const directory_cache::opened& parent, const std::string& name) {
    auto done = unless_missing(by_.system().remove_directory(parent.handle, name));
    if (!done && done.error() == std::errc::directory_not_empty) return success();
    return done;
  }

  result<place> source_of(const redo_entry& r) {
    if (!r.sibling.empty()) {
      BOOST_OUTCOME_TRY(auto beside, directories.get(parent_of(r.sibling)));
      return place{std::move(beside), nullptr, std::string(name_of(r.sibling))};
    }
    const std::string below(parent_of(r.source));
    if (!area_ || area_name_ != below) {
      const auto plain = below.empty() ? staging_name(mutation_) : staging_name(mutation_) + "/" + below;
      BOOST_OUTCOME_TRY(auto opened, open_beneath(by_.system(), by_.where().staging, plain, {.directory = true}));
      area_ = std::make_shared<const system::handle>(std::move(opened));
      area_name_ = below;
    }
    return place{nullptr, area_, std::string(name_of(r.source))};
  }

  template <class F>
  result<void> with_move(const redo_entry& r, const directory_cache::opened& parent, F f) {
    BOOST_OUTCOME_TRY(const auto source, source_of(r));
    const auto spare = spare_of(source.name);
    const std::string target(name_of(r.path));
    return f(publish::move{source.from(), source.name, spare, parent.handle, target, parent.ordered, r.post.modified,
                           r.live_mode});
  }

  // The policy's own way, or the built-in one that the entry names: it may have been written by another program.
  [[nodiscard]] const publish::way& way_of(const redo_entry& r) const {
    if (r.how == by_.shared().publish.word()) return by_.shared().publish;
    if (r.how == publish::by_exchange) return exchanging_;
    if (r.how == publish::by_copy) return copying_;
    return renaming_;
  }

  result<void> make_directory(const redo_entry& r, const directory_cache::opened& parent, const std::string& name) {
    // All bits, because where the directory above has a default ACL, that decides and not the umask.
    auto made = by_.system().make_directory(parent.handle, name, r.about ? made_mode : 0777U);
    if (!made && made.error() != std::errc::file_exists) return made;
    // Opened now, so that the next barrier covers it even if nothing is put into it.
    BOOST_OUTCOME_TRY(const auto own, directories.get(r.path));
    // This process' umask may be another than the one that the mode was made with.
    if (made && !r.about && (own->status.mode & 0777U) != r.mode) {
      BOOST_OUTCOME_TRY(const auto attributes, by_.system().attributes(parent.handle));
      if (!attributes.contains("system.posix_acl_default")) {
        return by_.system().set_mode(own->handle, r.mode | (own->status.mode & 07000U));
      }
    }
    return success();
  }

  result<void> append(const redo_entry& r, const directory_cache::opened& parent, const std::string& name) {
    BOOST_OUTCOME_TRY(const auto source, source_of(r));
    BOOST_OUTCOME_TRY(const auto bytes, by_.system().open(source.from(), source.name, {}));
    BOOST_OUTCOME_TRY(auto live, by_.system().open(parent.handle, name, {.access = access::read_write}));
    BOOST_OUTCOME_TRYV(copy_range(by_.system(), bytes, 0, live, r.end.offset, r.length));
    changed.add(std::move(live));
    return success();
  }

  session& by_;
  std::uint64_t mutation_;
  std::shared_ptr<const system::handle> area_;  // the last directory of staging that was used
  std::string area_name_;
  std::set<std::string> writable_;     // directories that were asked
  std::set<std::uint64_t> exchanges_;  // devices that were asked
  publish::exchange exchanging_;
  publish::copy copying_;
  publish::rename renaming_;

 public:
  directory_cache directories;
  sync_set changed;
};

}  // namespace commitpoint::detail
