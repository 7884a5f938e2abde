#pragma once

/// \file
/// Where displaced bytes go that might be a person's: `kept/<mutation>/<path>`, durable before anything takes their
/// place. What cannot have that name (it is too long with a number behind it, or a directory on the way to it was kept
/// as a file) gets a short one in `kept/<mutation>.renamed`, so that nothing is ever without a place.

#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/report.hpp>

#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

class kept_files {
 public:
  kept_files(session& by, report& into) : by_(by), into_(into) {}

  /// How bytes are kept: as a second link to their inode, or (also where no link is to be had) as a copy, which is
  /// needed when the inode itself is about to be written to.
  enum class as : std::uint8_t { link, copy };

  /// Keeps the file or link that is live at a path, which stays where it is. Calling it again keeps nothing twice.
  result<void> keep(std::uint64_t mutation, const std::string& plain, std::string_view why, as how = as::link) {
    BOOST_OUTCOME_TRY(const auto from, locate(by_.system(), by_.where().root, plain));
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(from.directory, from.name));
    if (status.type == node::none || status.type == node::directory) return success();
    // Other names of the file may be live, or be made so by this very rollback: what is kept must not change with them.
    if (how == as::link && status.links > 1) {
      BOOST_OUTCOME_TRY(const bool known, keeps_inode(mutation, plain, status));
      if (!known) how = as::copy;
    }
    if (how == as::link) {
      BOOST_OUTCOME_TRY(const auto place, free_place(mutation, plain, status));
      BOOST_OUTCOME_TRY(const auto to, locate(by_.system(), by_.where().state, place));
      const auto linked = by_.system().link(from.directory, from.name, to.directory, to.name);
      if (linked || linked.error() == std::errc::file_exists) return finish(plain, place, why);
    }
    BOOST_OUTCOME_TRY(const auto partial, partial_copy(mutation));
    BOOST_OUTCOME_TRYV(copy_node(by_.system(), from.directory, from.name, partial.directory, partial.name));
    BOOST_OUTCOME_TRY(const auto place, put_away(partial, mutation, plain, status));
    return finish(plain, place, why);
  }

  /// Keeps a copy of a file that stands anywhere, under a name of its own.
  result<void> keep_copy(std::uint64_t mutation, const std::string& plain, const located& from, std::string_view why) {
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(from.directory, from.name));
    BOOST_OUTCOME_TRY(const auto partial, partial_copy(mutation));
    BOOST_OUTCOME_TRYV(copy_node(by_.system(), from.directory, from.name, partial.directory, partial.name));
    BOOST_OUTCOME_TRY(const auto place, put_away(partial, mutation, plain, status));
    return finish(plain, place, why);
  }

  /// Keeps a copy of `[offset, size)` of a live file.
  result<void> keep_tail(std::uint64_t mutation, const std::string& plain, std::uint64_t offset, std::string_view why) {
    BOOST_OUTCOME_TRY(const auto live, open_beneath(by_.system(), by_.where().root, plain, {}));
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(live));
    if (status.size <= offset) return success();
    BOOST_OUTCOME_TRY(const auto partial, partial_copy(mutation));
    BOOST_OUTCOME_TRY(const auto file, write_new_file(by_.system(), partial.directory, partial.name, {}, 0600));
    BOOST_OUTCOME_TRYV(copy_range(by_.system(), live, offset, file, 0, status.size - offset));
    BOOST_OUTCOME_TRY(const auto place, put_away(partial, mutation, plain + ".from-" + std::to_string(offset), status));
    return finish(plain, place, why);
  }

  /// Whether an interrupted drain has kept the file at a path by a link: then its inode must not be written to.
  result<bool> keeps_inode(std::uint64_t mutation, const std::string& plain, const system::file_status& of) {
    for (const auto how : {naming::by_path, naming::short_name}) {
      for (int suffix = 1;; ++suffix) {
        const auto there = status_beneath(by_.system(), by_.where().state, name_of_place(mutation, plain, how, suffix));
        if (!there && how == naming::by_path && cannot_be_a_place(there.error())) break;
        if (!there) return there.error();
        if (there.value().type == node::none) break;
        if (there.value().inode == of.inode && there.value().device == of.device) return true;
      }
    }
    return false;
  }

 private:
  enum class naming : std::uint8_t { by_path, short_name };

  // From the second on with a number behind it.
  [[nodiscard]] static std::string name_of_place(std::uint64_t mutation, const std::string& plain, naming how,
                                                 int suffix) {
    auto place = std::string(names::kept) + "/" + std::to_string(mutation);
    place += how == naming::by_path ? "/" + plain : ".renamed/" + short_kept_name(plain);
    return suffix == 1 ? place : place + "." + std::to_string(suffix);
  }

  // Whether a name was refused for what it is, or for what else was kept; never for a reason that may pass.
  [[nodiscard]] static bool cannot_be_a_place(const failure& why) {
    return why == std::errc::filename_too_long || why == std::errc::illegal_byte_sequence ||
           why == std::errc::invalid_argument || why == std::errc::not_a_directory || why == errc::outside_root;
  }

  // The first name, with its directories made, that `take` says is the right one.
  template <class Take>
  result<std::string> first_place(std::uint64_t mutation, const std::string& plain, Take take) {
    auto how = naming::by_path;
    for (int suffix = 1;; ++suffix) {
      auto place = name_of_place(mutation, plain, how, suffix);
      auto made = make_directories_of(place);
      auto taken = made ? take(place) : result<bool>(std::move(made).error());
      if (taken && taken.value()) return place;
      if (taken) continue;
      if (how == naming::short_name || !cannot_be_a_place(taken.error())) return std::move(taken).error();
      how = naming::short_name;
      suffix = 0;
    }
  }

  // Where a copy grows: beside the directories of the mutations, so that half of one is never taken for something kept.
  result<located> partial_copy(std::uint64_t mutation) {
    BOOST_OUTCOME_TRYV(make_directory_if_missing(by_.system(), by_.where().state, names::kept, 0700));
    const auto name = std::to_string(mutation) + ".partial";
    BOOST_OUTCOME_TRY(auto all, by_.system().open(by_.where().state, names::kept, {.directory = true}));
    BOOST_OUTCOME_TRYV(remove_tree(by_.system(), all, name));
    return located{std::move(all), name};
  }

  // Gives a whole copy its name, unless an interrupted drain has kept the same bytes already. A second link to the live
  // inode does not count: whoever wants a copy is about to write to that inode.
  result<std::string> put_away(const located& partial, std::uint64_t mutation, const std::string& plain,
                               const system::file_status& live) {
    return first_place(mutation, plain, [&](const std::string& place) -> result<bool> {
      BOOST_OUTCOME_TRY(const auto to, locate(by_.system(), by_.where().state, place));
      const auto moved =
          by_.system().rename(partial.directory, partial.name, to.directory, to.name, system::rename_how::keep);
      if (moved) return true;
      if (moved.error() != std::errc::file_exists) return moved.error();
      BOOST_OUTCOME_TRY(const bool known, same_node(partial, to, live));
      if (!known) return false;
      BOOST_OUTCOME_TRYV(by_.system().remove_file(partial.directory, partial.name));
      return true;
    });
  }

  result<bool> same_node(const located& one, const located& other, const system::file_status& live) {
    BOOST_OUTCOME_TRY(const auto mine, by_.system().status(one.directory, one.name));
    BOOST_OUTCOME_TRY(const auto theirs, by_.system().status(other.directory, other.name));
    if (theirs.inode == live.inode && theirs.device == live.device) return false;
    if (mine.type != theirs.type || mine.type != node::regular || mine.size != theirs.size) return false;
    BOOST_OUTCOME_TRY(const auto first, by_.system().open(one.directory, one.name, {}));
    BOOST_OUTCOME_TRY(const auto second, by_.system().open(other.directory, other.name, {}));
    return same_beginning(by_.system(), first, second, mine.size);
  }

  result<void> make_directories_of(const std::string& place) {
    for (auto end = place.find('/'); end != std::string::npos; end = place.find('/', end + 1)) {
      BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().state, place.substr(0, end)));
      BOOST_OUTCOME_TRYV(make_directory_if_missing(by_.system(), at.directory, at.name, 0700));
    }
    return success();
  }

  // The first name that is free, or has this very inode already.
  result<std::string> free_place(std::uint64_t mutation, const std::string& plain, const system::file_status& of) {
    return first_place(mutation, plain, [&](const std::string& place) -> result<bool> {
      BOOST_OUTCOME_TRY(const auto to, locate(by_.system(), by_.where().state, place));
      BOOST_OUTCOME_TRY(const auto there, by_.system().status(to.directory, to.name));
      return there.type == node::none || (there.inode == of.inode && there.device == of.device);
    });
  }

  result<void> finish(const std::string& plain, const std::string& place, std::string_view why) {
    if (by_.shared().durability.survives_power_loss()) {
      // Rare, and the only copy: every directory on the way, and the content.
      BOOST_OUTCOME_TRY(const auto status, status_beneath(by_.system(), by_.where().state, place));
      if (status.type == node::regular) {
        BOOST_OUTCOME_TRY(const auto file, open_beneath(by_.system(), by_.where().state, place, {}));
        BOOST_OUTCOME_TRYV(by_.system().sync(file));
      }
      for (auto directory = parent_of(place);; directory = parent_of(directory)) {
        BOOST_OUTCOME_TRY(const auto opened,
                          open_beneath(by_.system(), by_.where().state, std::string(directory), {.directory = true}));
        BOOST_OUTCOME_TRYV(by_.system().sync(opened));
        if (directory.empty()) break;
      }
    }
    into_.kept.push_back({plain, by_.where().state_directory + "/" + place, std::string(why)});
    return success();
  }

  session& by_;
  report& into_;
};

}  // namespace commitpoint::detail
