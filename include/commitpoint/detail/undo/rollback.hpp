#pragma once

/// \file
/// Undoing effects in place, newest first. Every step may be repeated.

#include <commitpoint/codec/json_limits.hpp>
#include <commitpoint/detail/undo/database_restore.hpp>
#include <commitpoint/detail/undo/file_restore.hpp>
#include <commitpoint/detail/undo/link_restore.hpp>
#include <commitpoint/detail/undo/removal.hpp>
#include <commitpoint/detail/undo/tree_restore.hpp>
#include <commitpoint/detail/undo/undo_context.hpp>
#include <commitpoint/detail/undo/undo_order.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <exception>
#include <map>
#include <span>
#include <string>
#include <utility>

namespace commitpoint::detail {

class rollback {
 public:
  using way = undo_entry::way;
  enum class when : std::uint8_t { alive, after_crash };

  /// `began` is when the mutation did, for `when::alive`. `stamps_hold` says that no power cut came between, and the
  /// clock was not set back: content may reach the disk before the times of its file do, so after a cut equal times
  /// prove nothing.
  rollback(session& by, std::uint64_t mutation, when w, std::int64_t began, bool stamps_hold, report& into)
      : c_{by, mutation, w == when::alive, began, stamps_hold, kept_files(by, into), by.new_sync_set()} {
    c_.touched.add_unknown();
  }
  rollback(const rollback&) = delete;
  rollback& operator=(const rollback&) = delete;

  /// The mutation goes on afterwards, and may write in place to what is restored now: no live file may share the inode
  /// of a backup that another rollback can need.
  void mutation_goes_on() noexcept { c_.goes_on = true; }

  /// A sync failed since: what was put back already may be readable, and yet lost.
  void write_again() noexcept { c_.writes_again = true; }

  /// Undoes all, newest first; the times of directories last. The restores are not durable yet.
  result<void> undo_all(std::span<const undo_entry> oldest_first) {
    BOOST_OUTCOME_TRYV(
        c_.touched.add_filesystem(c_.by.system(), c_.by.where().state, c_.by.where().state_status.device));
    const auto needed = needed_entries(oldest_first);
    c_.names.cover(needed);
    for (auto next = needed.rbegin(); next != needed.rend(); ++next) {
      const auto& e = **next;
      c_.by.say(step::undo, c_.mutation, e.path);
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
    auto at = locate(c_.by.system(), c_.by.where().root, e.path);
    if (at) {
      BOOST_OUTCOME_TRYV(c_.note_filesystem(at.value()));
      BOOST_OUTCOME_TRY(const auto live, c_.by.system().status(at.value().directory, at.value().name));
      return c_.touched.add_mounted(c_.by.system(), at.value().directory, at.value().name, live);
    }
    const bool missing = at.error() == std::errc::no_such_file_or_directory || at.error() == std::errc::not_a_directory;
    return missing ? result<void>(success()) : std::move(at).error();
  }

  /// What a barrier has to cover afterwards.
  [[nodiscard]] sync_set& touched() noexcept { return c_.touched; }

 private:
  result<void> undo(const undo_entry& e) {
    BOOST_OUTCOME_TRY(const auto live, status_beneath(c_.by.system(), c_.by.where().root, e.path));
    BOOST_OUTCOME_TRYV(refuse_moved(e, live));
    BOOST_OUTCOME_TRYV(note(e));
    switch (e.how) {
      case way::restore_absence: return removal_.clear(e.path, live, removal::keeping::nothing);
      case way::remove_scratch: return removal_.remove_private(e, live);
      case way::remove_created: return removal_.remove_created(e, live);
      case way::restore_database: return databases_.restore_database(e, live);
      case way::compensate: break;  // not by a path
      case way::restore_link: return links_.restore_link(e.path, e, live);
      case way::restore_length: return files_.restore_length(e, live);
      case way::restore_tree: return trees_.restore_tree(e);
      case way::restore_file: break;
    }
    BOOST_OUTCOME_TRY(const auto area, c_.open_area());
    return files_.restore_file(e.path, e, area);
  }

  // By the application's own function; what it throws is a failure like any other.
  result<void> compensate(const undo_entry& e) {
    const auto about = "the compensation '" + e.compensation + "' ";
    const auto known = c_.by.shared().settings.compensations.find(e.compensation);
    if (known == c_.by.shared().settings.compensations.end()) {
      return failure(make_error_code(errc::unknown_compensation), {}, about + "is not in options::compensations");
    }
    const auto threw = std::make_error_code(std::errc::operation_canceled);
    try {
      const auto& encoded = e.arguments.bytes();
      const auto arguments = encoded.empty() ? nlohmann::json() : codec::json_from_cbor(encoded);
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
    if (!c_.is_alive || e.device == 0) return success();
    const auto check = [&](const system::file_status& now) -> result<void> {
      if (now.device == e.device && now.mount == e.mount) return success();
      return failure(make_error_code(errc::drifted), e.path, "it is on another device now");
    };
    if (e.how == way::restore_tree && live.type == node::directory) return check(live);
    auto plain = e.path;
    auto at = locate(c_.by.system(), c_.by.where().root, plain);
    while (!at && at.error() == std::errc::no_such_file_or_directory && !parent_of(plain).empty()) {
      plain = parent_of(plain);
      at = locate(c_.by.system(), c_.by.where().root, plain);
    }
    if (!at) return std::move(at).error();
    BOOST_OUTCOME_TRY(const auto parent, c_.by.system().status(at.value().directory));
    return check(parent);
  }

  result<void> restore_time(const std::string& plain, std::int64_t modified) {
    if (plain.empty()) return c_.by.system().set_modified(c_.by.where().root, ".", modified);
    BOOST_OUTCOME_TRY(const auto live, status_beneath(c_.by.system(), c_.by.where().root, plain));
    if (live.type != node::directory || live.modified == modified) return success();
    BOOST_OUTCOME_TRY(const auto at, locate(c_.by.system(), c_.by.where().root, plain));
    return c_.by.system().set_modified(at.directory, at.name, modified);
  }

  undo_context c_;
  removal removal_{c_};
  link_restore links_{c_, removal_};
  file_restore files_{c_, removal_, links_};
  database_restore databases_{c_, removal_};
  tree_restore trees_{c_, removal_, links_, files_};
  std::map<std::string, std::int64_t> parents_;
};

}  // namespace commitpoint::detail
