#pragma once

/// \file
/// Finishing committed mutations after a crash.
///
/// | the live path is | `published` was read | it was not |
/// | --- | --- | --- |
/// | the new version (or what a later entry makes of it) | done | done |
/// | the old version, or absent where that is a state on the way | publish | publish |
/// | anything else, changed since the mutation looked | a later edit: left alone, reported | kept, then published |
/// | anything else, older | kept, then published | kept, then published |
///
/// A staged source that is gone says as much as `published`: only a rename that made it live, or retiring after the
/// publish was durable, takes it away. Where renames do not reach the disk in order, the source is kept until then.
///
/// Versions are told apart by type, size and time; where the old and the new one agree in these, by the inode, and
/// where that cannot be trusted (a copied tree has others), publishing again does no harm.
///
/// Two ways of publishing need more. An exchange must not be done twice: exchange_finish.hpp. And a live file that was
/// written to is known by nothing but its content, since a power cut may leave its new time and its old blocks:
/// copy_finish.hpp.

#include <commitpoint/detail/recovery/append_finish.hpp>
#include <commitpoint/detail/recovery/copy_finish.hpp>
#include <commitpoint/detail/recovery/exchange_finish.hpp>
#include <commitpoint/detail/recovery/finish_context.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Finishes one committed mutation.
class roll_forward {
 public:
  roll_forward(session& by, const pending_mutation& what, report& into) : c_(by, what, into) {}
  roll_forward(const roll_forward&) = delete;
  roll_forward& operator=(const roll_forward&) = delete;

  /// Looks, without touching anything, whether all is there that finishing needs. Gives the reason if not.
  /// \errors unsupported: it was begun in a way that cannot be gone on with by this program, or on this file system.
  result<std::string> missing() {
    for (const auto& r : c_.what.redo) {
      if (c_.publisher.knows(r)) continue;
      return failure(make_error_code(errc::unsupported), r.path,
                     "it is published by '" + r.how + "', which this program does not know; nothing was touched")
          .at(step::drain_verify)
          .in(c_.what.number);
    }
    for (const auto& r : c_.what.redo) {
      if (r.how == publish::by_exchange && !c_.nothing_to_replay()) {
        BOOST_OUTCOME_TRY(auto reason, exchanges_.missing_for_exchange(r));
        if (!reason.empty()) return reason;
        continue;
      }
      if (c_.what.published || (r.what != action::put && r.what != action::append)) continue;
      BOOST_OUTCOME_TRY(const auto source, c_.source_status(r));
      const bool whole =
          r.what == action::append ? source.type == node::regular && source.size == r.length : c_.is_whole(r, source);
      if (whole) continue;
      BOOST_OUTCOME_TRY(const auto live, c_.live_status(r));
      const bool is_live = source.type != node::none && source.inode == live.inode && source.device == live.device;
      // What is as it was before cannot have been published: then the source is simply missing.
      bool consumed = source.type == node::none && r.what == action::put && !version_state::of(live).same(r.pre) &&
                      r.how != publish::by_copy;
      if (consumed) {
        BOOST_OUTCOME_TRY(consumed, c_.is_ordered(r));
      }
      if (c_.is_done(r, version_state::of(live)) || consumed || is_live) continue;
      return "the staged version of '" + r.path + "' is missing or altered";
    }
    return std::string{};
  }

  /// Publishes what is not live yet.
  result<void> finish() {
    c_.by.add_own_filesystem(changed());
    changed().add_unknown();
    BOOST_OUTCOME_TRYV(note_copying());
    for (const auto& r : c_.what.redo) {
      BOOST_OUTCOME_TRYV(note_filesystem(r));
      // Bytes in live files are written again all the same: a sync that failed unnoticed leaves them readable and lost.
      if (c_.nothing_to_replay() && !r.writes_to_live_file()) continue;
      auto done = finish_one(r);
      if (!done) return std::move(done).error().at(step::drain_redo).on(r.path);
    }
    // Until `published` was written nobody knows which directories have got their metadata.
    if (!c_.what.published) return c_.publisher.finish_directories(c_.what.redo);
    BOOST_OUTCOME_TRY(const auto unfinished, unfinished_directories());
    return c_.publisher.finish_directories(unfinished);
  }

  [[nodiscard]] sync_set& changed() noexcept { return c_.publisher.changed; }

 private:
  using action = redo_entry::action;

  // Those that this drain made; and those of which a power cut may have taken the metadata back to what they were made
  // with. One that has another mode is as somebody has left it since.
  result<std::vector<redo_entry>> unfinished_directories() {
    std::vector<redo_entry> all;
    for (const auto& r : c_.what.redo) {
      if (r.what != action::make_directory || !r.about) continue;
      bool unfinished = remade_.contains(r.path);
      if (!unfinished && !c_.in_one_cache()) {
        BOOST_OUTCOME_TRY(const auto live, c_.live_status(r));
        const auto mode = live.mode & 07777U;
        unfinished = live.type == node::directory && (mode == made_mode || mode == r.about->mode);
      }
      if (unfinished) all.push_back(r);
    }
    return all;
  }

  // A drain that is interrupted while it writes to live files leaves them half written, as the mutation may have.
  result<void> note_copying() {
    const bool copies = std::ranges::any_of(c_.what.redo, [](const auto& r) { return r.how == publish::by_copy; });
    if (!copies || c_.what.copying) return success();
    return c_.by.append(journal::record_kind::copying, c_.what.number, c_.by.body());
  }

  // That of the nearest directory that is there: those that are missing will be made on it.
  result<void> note_filesystem(const redo_entry& r) {
    auto above = parent_of(r.path);
    for (;; above = parent_of(above)) {
      auto directory = open_beneath(c_.by.system(), c_.by.where().root, std::string(above), {.directory = true});
      if (!directory && says_absent(directory.error()) && !above.empty()) continue;
      if (!directory) return std::move(directory).error().at(step::drain_redo);
      BOOST_OUTCOME_TRY(const auto status, c_.by.system().status(directory.value()));
      return changed().add_filesystem(c_.by.system(), directory.value(), status.device);
    }
  }

  result<void> finish_one(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto live, c_.live_status(r));
    if (r.what == action::append) return appends_.finish_append(r, live);
    if (r.how == publish::by_exchange) return exchanges_.finish_exchange(r, live);
    if (r.how == publish::by_copy) return copies_.finish_copy(r, live);
    const auto now = version_state::of(live);
    if (c_.is_done(r, now)) return success();
    BOOST_OUTCOME_TRY(const bool gone, source_is_gone(r));
    bool expected = c_.is_old(r, now) || (live.type == node::none && (!c_.what.published || r.what == action::put));
    if (!expected && live.type == node::none) {
      BOOST_OUTCOME_TRY(const bool ordered, c_.is_ordered(r));
      expected = !ordered;
    }
    if (gone || (!expected && c_.what.published && c_.came_later(r, live))) return c_.later_edit(r);
    if (!expected || c_.may_be_edited(r, live)) {
      BOOST_OUTCOME_TRYV(c_.make_way(r, live));
    }
    if (live.type == node::none && r.what != action::remove && r.what != action::remove_directory) {
      BOOST_OUTCOME_TRY(const bool made, c_.make_parents(r.path));
      if (made) c_.into.edited_later.push_back(r.path);
    }
    if (r.what == action::make_directory) remade_.insert(r.path);
    return c_.publisher.publish(r);
  }

  result<bool> source_is_gone(const redo_entry& r) {
    if (r.what != action::put) return false;
    BOOST_OUTCOME_TRY(const auto source, c_.source_status(r));
    return source.type == node::none;
  }

  finish_context c_;
  append_finish appends_{c_};
  copy_finish copies_{c_};
  exchange_finish exchanges_{c_};
  std::set<std::string, std::less<>> remade_;  // directories that this drain made
};

}  // namespace commitpoint::detail
