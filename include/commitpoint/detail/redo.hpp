#pragma once

/// \file
/// Finishing committed mutations after a crash.
///
/// | the live path is | `published` was read | it was not |
/// | --- | --- | --- |
/// | the new version (or what a later entry makes of it) | done | done |
/// | the old version, or absent where that is a state on the way | publish | publish |
/// | anything else | a later edit: left alone, reported | kept, then published |
///
/// A staged source that is gone says as much as `published`: only a rename that made it live, or retiring after the
/// publish was durable, takes it away.

#include <commitpoint/detail/keep.hpp>
#include <commitpoint/detail/pending.hpp>
#include <commitpoint/detail/publishing.hpp>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

template <class P>
class finishing {
 public:
  using S = typename P::system;
  using action = redo_entry::action;

  finishing(session<P>& by, const pending_mutation& what, report& into)
      : by_(by), what_(what), into_(into), keeper_(by, into), publishing_(by, what.number) {
    for (const auto& r : what.redo) last_[r.path] = r.post;
  }

  /// Looks, without touching anything, whether all is there that finishing needs. Gives the reason if not.
  result<std::string> missing() {
    for (const auto& r : what_.redo) {
      if (what_.published || (r.what != action::put && r.what != action::append)) continue;
      BOOST_OUTCOME_TRY(const auto source, source_status(r));
      const bool whole = r.what == action::append
                             ? source.type == node::regular && source.size == r.length
                             : version_state::of(source).same(r.post) && source.type != node::none;
      if (whole) continue;
      BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, r.path));
      const auto now = version_state::of(live);
      const bool consumed = source.type == node::none && r.what == action::put && is_ordered() &&
                            live.type != node::none && !now.same(r.pre);
      if (is_done(r, now) || consumed) continue;
      return "the staged version of '" + r.path + "' is missing or altered";
    }
    return std::string{};
  }

  /// Publishes what is not live yet.
  result<void> finish() {
    BOOST_OUTCOME_TRYV(changed().add_filesystem(by_.system(), by_.where().state, by_.where().state_status.device));
    changed().add_unknown();
    const bool nothing_to_replay = what_.published && what_.one_cache && !what_.cache.empty() &&
                                   what_.cache == by_.cache();
    for (const auto& r : what_.redo) {
      BOOST_OUTCOME_TRYV(note_filesystem(r));
      if (nothing_to_replay) continue;
      auto done = finish_one(r);
      if (!done) return std::move(done).error().at(step::drain_redo).on(r.path);
    }
    if (nothing_to_replay || what_.published) return success();
    return publishing_.finish_directories(what_.redo);
  }

  [[nodiscard]] sync_set<S>& changed() noexcept { return publishing_.changed; }

 private:
  result<system::file_status> source_status(const redo_entry& r) {
    if (!r.sibling.empty()) return status_beneath(by_.system(), by_.where().root, r.sibling);
    return status_beneath(by_.system(), by_.where().staging, staging_name(what_.number) + "/" + r.source);
  }

  // Whether renames reach the disk in order, where it matters: the state directory's file system.
  [[nodiscard]] bool is_ordered() const { return by_.where().ordered; }

  // The state that this entry makes, or the one that a later entry makes of the same path.
  [[nodiscard]] bool is_done(const redo_entry& r, const version_state& now) const {
    const auto last = last_.find(r.path);
    if (r.what == action::append) return false;  // decided by its bytes
    return now.same(r.post) || (last != last_.end() && now.same(last->second));
  }

  result<void> note_filesystem(const redo_entry& r) {
    auto at = locate(by_.system(), by_.where().root, r.path);
    if (!at) return success();
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(at.value().directory));
    return changed().add_filesystem(by_.system(), at.value().directory, status.device);
  }

  result<void> finish_one(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto live, status_beneath(by_.system(), by_.where().root, r.path));
    if (r.what == action::append) return finish_append(r, live);
    const auto now = version_state::of(live);
    if (is_done(r, now)) return success();
    BOOST_OUTCOME_TRY(const bool gone, source_is_gone(r));
    const bool expected = now.same(r.pre) || (live.type == node::none && (!what_.published || !is_ordered()));
    if (gone || (!expected && what_.published)) {
      into_.edited_later.push_back(r.path);
      return success();
    }
    if (!expected) {
      BOOST_OUTCOME_TRYV(make_way(r, live));
    }
    return publishing_.publish(r);
  }

  result<bool> source_is_gone(const redo_entry& r) {
    if (r.what != action::put) return false;
    BOOST_OUTCOME_TRY(const auto source, source_status(r));
    return source.type == node::none;
  }

  // Something that is neither the old nor the new version stands at the path.
  result<void> make_way(const redo_entry& r, const system::file_status& live) {
    constexpr auto why = "it was there when the interrupted mutation was finished";
    if (live.type != node::directory) {
      BOOST_OUTCOME_TRYV(keeper_.keep(what_.number, r.path, why));
      if (r.what == action::remove || r.what == action::put) return success();  // replaced or taken away by a rename
      BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, r.path));
      return by_.system().remove_file(at.directory, at.name);
    }
    BOOST_OUTCOME_TRY(auto entries, entries_below(by_.system(), by_.where().root, r.path));
    entries.insert(entries.begin(), tree_entry{r.path, live});
    for (auto e = entries.rbegin(); e != entries.rend(); ++e) {
      BOOST_OUTCOME_TRYV(keeper_.keep(what_.number, e->path, why));
      BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, e->path));
      BOOST_OUTCOME_TRYV(e->status.type == node::directory ? by_.system().remove_directory(at.directory, at.name)
                                                           : by_.system().remove_file(at.directory, at.name));
    }
    return success();
  }

  // Appended bytes are known by themselves, since appending changes the time and not the name.
  result<void> finish_append(const redo_entry& r, const system::file_status& live) {
    auto source = staged_bytes(r);
    if (!source) {
      if (!what_.published) return std::move(source).error();
      return success();
    }
    const auto& bytes = source.value();
    if (live.type != node::regular) return what_.published ? later_edit(r) : append_anew(r, live, bytes);
    BOOST_OUTCOME_TRY(const auto file, open_beneath(by_.system(), by_.where().root, r.path, {}));
    bool known = live.size >= r.end.offset;
    if (known) {
      BOOST_OUTCOME_TRY(known, has_end(by_.system(), file, r.end));
    }
    if (!known) return what_.published ? later_edit(r) : append_behind(r, live, bytes);
    BOOST_OUTCOME_TRY(const auto found, read_range(by_.system(), file, r.end.offset, r.length));
    if (found == bytes) return success();
    if (what_.published) return later_edit(r);
    const bool ours = live.size <= r.end.offset + r.length && is_torn(found, bytes);
    if (!ours) {
      BOOST_OUTCOME_TRYV(keeper_.keep_tail(what_.number, r.path, r.end.offset,
                                           "it was behind the old end when the interrupted mutation was finished"));
      BOOST_OUTCOME_TRY(const auto writable,
                        open_beneath(by_.system(), by_.where().root, r.path, {.access = access::read_write}));
      BOOST_OUTCOME_TRYV(by_.system().truncate(writable, r.end.offset));
    }
    return publishing_.publish(r);
  }

  // Each byte is the staged one, or zero as in a block that never reached the disk.
  [[nodiscard]] static bool is_torn(std::string_view found, std::string_view bytes) {
    return found.size() <= bytes.size() &&
           std::ranges::equal(found, bytes.substr(0, found.size()), [](char f, char b) { return f == b || f == '\0'; });
  }

  result<std::string> staged_bytes(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto file, open_beneath(by_.system(), by_.where().staging,
                                                    staging_name(what_.number) + "/" + r.source, {}));
    BOOST_OUTCOME_TRY(auto bytes, read_range(by_.system(), file, 0, r.length));
    return bytes;
  }

  result<void> later_edit(const redo_entry& r) {
    into_.edited_later.push_back(r.path);
    return success();
  }

  // The file was replaced meanwhile: the bytes go behind what is there now, once.
  result<void> append_behind(const redo_entry& r, const system::file_status& live, std::string_view bytes) {
    into_.edited_later.push_back(r.path);
    BOOST_OUTCOME_TRY(const auto file,
                      open_beneath(by_.system(), by_.where().root, r.path, {.access = access::read_write}));
    if (live.size >= bytes.size()) {
      BOOST_OUTCOME_TRY(const auto end, read_range(by_.system(), file, live.size - bytes.size(), bytes.size()));
      if (end == bytes) return success();
    }
    return write_all(by_.system(), file, live.size, bytes);
  }

  result<void> append_anew(const redo_entry& r, const system::file_status& live, std::string_view bytes) {
    into_.edited_later.push_back(r.path);
    if (live.type != node::none) {
      BOOST_OUTCOME_TRYV(make_way({.what = action::make_directory, .path = r.path}, live));
    }
    BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, r.path));
    BOOST_OUTCOME_TRYV(write_new_file(by_.system(), at.directory, at.name, bytes, 0666));
    return success();
  }

  session<P>& by_;
  const pending_mutation& what_;
  report& into_;
  keeper<P> keeper_;
  publishing<P> publishing_;
  std::map<std::string, version_state, std::less<>> last_;
};

}  // namespace commitpoint::detail
