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
/// publish was durable, takes it away. Where renames do not reach the disk in order, the source is kept until then.
///
/// Versions are told apart by type, size and time; where the old and the new one agree in these, by the inode, and
/// where that cannot be trusted (a copied tree has others), publishing again does no harm.
///
/// Two ways of publishing need more. An exchange must not be done twice: exchanged.hpp. And a live file that was
/// written to is known by nothing but its content, since a power cut may leave its new time and its old blocks: see
/// `finish_copy`.

#include <commitpoint/files/block_sums.hpp>
#include <commitpoint/detail/publishing/exchanged.hpp>
#include <commitpoint/detail/undo/keep.hpp>
#include <commitpoint/detail/records/pending.hpp>
#include <commitpoint/detail/publishing/publishing.hpp>
#include <commitpoint/detail/records/replaced_tree.hpp>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

class finishing {
 public:
  using action = redo_entry::action;

  finishing(session& by, const pending_mutation& what, report& into)
      : by_(by), what_(what), into_(into), keeper_(by, into), publishing_(by, what.number) {
    for (const auto& r : what.redo) {
      last_[r.path] = r.post;
      if (r.writes_to_live_file()) written_.insert(r.pre.inode);
    }
  }

  /// Looks, without touching anything, whether all is there that finishing needs. Gives the reason if not.
  /// \errors unsupported: it was begun in a way that cannot be gone on with by this program, or on this file system.
  result<std::string> missing() {
    for (const auto& r : what_.redo) {
      if (publishing_.knows(r)) continue;
      return failure(make_error_code(errc::unsupported), r.path,
                     "it is published by '" + r.how + "', which this program does not know; nothing was touched")
          .at(step::drain_verify)
          .in(what_.number);
    }
    for (const auto& r : what_.redo) {
      if (r.how == publish::by_exchange && !nothing_to_replay()) {
        BOOST_OUTCOME_TRY(auto reason, missing_for_exchange(r));
        if (!reason.empty()) return reason;
        continue;
      }
      if (what_.published || (r.what != action::put && r.what != action::append)) continue;
      BOOST_OUTCOME_TRY(const auto source, source_status(r));
      const bool whole =
          r.what == action::append ? source.type == node::regular && source.size == r.length : is_whole(r, source);
      if (whole) continue;
      BOOST_OUTCOME_TRY(const auto live, live_status(r));
      const bool is_live = source.type != node::none && source.inode == live.inode && source.device == live.device;
      // What is as it was before cannot have been published: then the source is simply missing.
      bool consumed = source.type == node::none && r.what == action::put && !version_state::of(live).same(r.pre) &&
                      r.how != publish::by_copy;
      if (consumed) {
        BOOST_OUTCOME_TRY(consumed, is_ordered(r));
      }
      if (is_done(r, version_state::of(live)) || consumed || is_live) continue;
      return "the staged version of '" + r.path + "' is missing or altered";
    }
    return std::string{};
  }

  /// Publishes what is not live yet.
  result<void> finish() {
    BOOST_OUTCOME_TRYV(changed().add_filesystem(by_.system(), by_.where().state, by_.where().state_status.device));
    changed().add_unknown();
    BOOST_OUTCOME_TRYV(note_copying());
    for (const auto& r : what_.redo) {
      BOOST_OUTCOME_TRYV(note_filesystem(r));
      // Bytes in live files are written again all the same: a sync that failed unnoticed leaves them readable and lost.
      if (nothing_to_replay() && !r.writes_to_live_file()) continue;
      auto done = finish_one(r);
      if (!done) return std::move(done).error().at(step::drain_redo).on(r.path);
    }
    // Until `published` was written nobody knows which directories have got their metadata.
    if (!what_.published) return publishing_.finish_directories(what_.redo);
    BOOST_OUTCOME_TRY(const auto unfinished, unfinished_directories());
    return publishing_.finish_directories(unfinished);
  }

  [[nodiscard]] sync_set& changed() noexcept { return publishing_.changed; }

 private:
  [[nodiscard]] bool in_one_cache() const {
    return what_.one_cache && !what_.cache.empty() && what_.cache == by_.cache();
  }
  [[nodiscard]] bool nothing_to_replay() const { return what_.published && in_one_cache(); }

  // Those that this drain made; and those of which a power cut may have taken the metadata back to what they were made
  // with. One that has another mode is as somebody has left it since.
  result<std::vector<redo_entry>> unfinished_directories() {
    std::vector<redo_entry> all;
    for (const auto& r : what_.redo) {
      if (r.what != action::make_directory || !r.about) continue;
      bool unfinished = remade_.contains(r.path);
      if (!unfinished && !in_one_cache()) {
        BOOST_OUTCOME_TRY(const auto live, live_status(r));
        const auto mode = live.mode & 07777U;
        unfinished = live.type == node::directory && (mode == made_mode || mode == r.about->mode);
      }
      if (unfinished) all.push_back(r);
    }
    return all;
  }

  // A drain that is interrupted while it writes to live files leaves them half written, as the mutation may have.
  result<void> note_copying() {
    const bool copies = std::ranges::any_of(what_.redo, [](const auto& r) { return r.how == publish::by_copy; });
    if (!copies || what_.copying) return success();
    return by_.append(journal::record_kind::copying, what_.number, by_.body());
  }

  result<system::file_status> source_status(const redo_entry& r) {
    if (!r.sibling.empty()) return status_beneath(by_.system(), by_.where().root, r.sibling);
    return status_beneath(by_.system(), by_.where().staging, staging_name(what_.number) + "/" + r.source);
  }

  // What is renamed is the live file itself, and whoever writes to that meanwhile means the file and not its name.
  [[nodiscard]] static bool is_whole(const redo_entry& r, const system::file_status& source) {
    if (source.type == node::none) return false;
    if (r.is_live_file && source.type == node::regular) return true;
    return version_state::of(source).same(r.post);
  }

  // Whether renames to this path reach the disk in order.
  result<bool> is_ordered(const redo_entry& r) {
    auto at = locate(by_.system(), by_.where().root, r.path);
    if (!at) return false;
    return by_.system().ordered_metadata(at.value().directory);
  }

  // What is live. A directory above may have been replaced by a link of this very mutation: then nothing is.
  result<system::file_status> live_status(const redo_entry& r) {
    auto live = status_beneath(by_.system(), by_.where().root, r.path);
    if (live || live.error() != errc::outside_root) return live;
    for (auto above = parent_of(r.path); !above.empty(); above = parent_of(above)) {
      const auto made = last_.find(above);
      if (made != last_.end() && made->second.type != node::directory) return system::file_status{};
    }
    return live;
  }

  // The state that this entry makes, or the one that a later entry makes of the same path.
  [[nodiscard]] bool is_done(const redo_entry& r, const version_state& now) const {
    const auto last = last_.find(r.path);
    if (r.what == action::append) return false;  // decided by its bytes
    if (now.same(r.post) && (!r.pre.same(r.post) || (now.inode != 0 && now.inode == r.post.inode))) return true;
    return last != last_.end() && !last->second.same(r.post) && now.same(last->second) && !now.same(r.pre);
  }

  // The old version; also one that this mutation has written to by another of its names.
  [[nodiscard]] bool is_old(const redo_entry& r, const version_state& now) const {
    if (now.same(r.pre)) return true;
    return now.type == node::regular && now.inode != 0 && now.inode == r.pre.inode && written_.contains(now.inode);
  }

  result<void> note_filesystem(const redo_entry& r) {
    auto at = locate(by_.system(), by_.where().root, r.path);
    if (!at) return success();
    BOOST_OUTCOME_TRY(const auto status, by_.system().status(at.value().directory));
    return changed().add_filesystem(by_.system(), at.value().directory, status.device);
  }

  result<void> finish_one(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto live, live_status(r));
    if (r.what == action::append) return finish_append(r, live);
    if (r.how == publish::by_exchange) return finish_exchange(r, live);
    if (r.how == publish::by_copy) return finish_copy(r, live);
    const auto now = version_state::of(live);
    if (is_done(r, now)) return success();
    BOOST_OUTCOME_TRY(const bool gone, source_is_gone(r));
    bool expected = is_old(r, now) || (live.type == node::none && !what_.published);
    if (!expected && live.type == node::none) {
      BOOST_OUTCOME_TRY(const bool ordered, is_ordered(r));
      expected = !ordered;
    }
    if (gone || (!expected && what_.published)) {
      into_.edited_later.push_back(r.path);
      return success();
    }
    if (!expected) {
      BOOST_OUTCOME_TRYV(make_way(r, live));
    }
    if (live.type == node::none && r.what != action::remove && r.what != action::remove_directory) {
      BOOST_OUTCOME_TRY(const bool made, make_parents(r.path));
      if (made) into_.edited_later.push_back(r.path);
    }
    if (r.what == action::make_directory) remade_.insert(r.path);
    return publishing_.publish(r);
  }

  // Directories that somebody has removed since the commit record. Whether there were any.
  result<bool> make_parents(const std::string& plain) {
    bool made = false;
    for (auto end = plain.find('/'); end != std::string::npos; end = plain.find('/', end + 1)) {
      const auto parent = plain.substr(0, end);
      BOOST_OUTCOME_TRY(const auto there, status_beneath(by_.system(), by_.where().root, parent));
      if (there.type == node::directory) continue;
      if (there.type != node::none) {
        BOOST_OUTCOME_TRYV(make_way({.what = action::make_directory, .path = parent}, there));
      }
      BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, parent));
      BOOST_OUTCOME_TRYV(make_directory_if_missing(by_.system(), at.directory, at.name, 0777));
      made = true;
    }
    return made;
  }

  result<std::string> missing_for_exchange(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto source, source_status(r));
    BOOST_OUTCOME_TRY(const auto live, live_status(r));
    const auto state = exchange_view(r, live, source).state();
    if (state == exchange_state::unclear) {
      if (what_.published && source.type == node::none) return std::string{};  // removed once its publish was durable
      return "the staged version of '" + r.path + "' is missing or altered, or cannot be told from the old one";
    }
    if (state == exchange_state::done || r.post.type != node::directory) return std::string{};
    BOOST_OUTCOME_TRY(const bool ordered, is_ordered(r));
    if (ordered) return std::string{};
    return failure(make_error_code(errc::unsupported), r.path,
                   "a directory is exchanged only where renames reach the disk in order; nothing was touched")
        .at(step::drain_verify)
        .in(what_.number);
  }

  result<void> finish_exchange(const redo_entry& r, const system::file_status& live) {
    BOOST_OUTCOME_TRY(const auto source, source_status(r));
    const exchange_view view(r, live, source);
    if (view.live_is_new()) return success();
    if (view.state() != exchange_state::pending) return later_edit(r);
    if (view.live_is_old()) {
      BOOST_OUTCOME_TRYV(keep_edits_below(r));
      return publishing_.publish(r);
    }
    if (what_.published) return later_edit(r);
    if (live.type != node::none) {
      BOOST_OUTCOME_TRYV(make_way(r, live));
    }
    return publishing_.publish(r);
  }

  // What a person changed in a directory, or put into it, since the mutation looked: it goes with the directory.
  result<void> keep_edits_below(const redo_entry& r) {
    if (r.pre.type != node::directory) return success();
    BOOST_OUTCOME_TRY(const auto known, read_staged(r.old));
    const auto before = decode_states(known);
    BOOST_OUTCOME_TRY(const auto now, entries_below(by_.system(), by_.where().root, r.path));
    for (const auto& [below, state] : states_of(now, r.path)) {
      const auto old = before.find(below);
      if (old != before.end() && old->second.same(state)) continue;
      BOOST_OUTCOME_TRYV(keeper_.keep(what_.number, joined(r.path, below),
                                      "it was in the directory that the interrupted mutation replaces"));
    }
    return success();
  }

  // A file of this mutation's staging; empty if it is not there.
  result<std::string> read_staged(const std::string& name) {
    if (name.empty()) return std::string{};
    auto file = open_beneath(by_.system(), by_.where().staging, staging_name(what_.number) + "/" + name, {});
    if (file) return read_whole(by_.system(), file.value(), std::uint64_t{1} << 32U);
    if (file.error() == std::errc::no_such_file_or_directory) return std::string{};
    return std::move(file).error();
  }

  // Once live files may have been written to, or where the power may have been cut, neither time nor inode says
  // anything. A file in which each block is old, new or zeros is our own work: it is written again, for whatever can be
  // read of it need not be on the disk.
  result<void> finish_copy(const redo_entry& r, const system::file_status& live) {
    BOOST_OUTCOME_TRY(const auto source, source_status(r));
    if (source.type == node::none) {  // renamed to a name that had become free, or removed after it was durable
      return version_state::of(live).same(r.post) ? result<void>(success()) : later_edit(r);
    }
    if (live.type != node::regular) {
      if (what_.published) return later_edit(r);
      if (live.type != node::none) {
        BOOST_OUTCOME_TRYV(make_way(r, live));
      }
      return publishing_.publish(r);
    }
    BOOST_OUTCOME_TRY(const auto content, content_of(r, live, source));
    const bool ours = content == live_content::whole || (content == live_content::torn && !nothing_to_replay());
    if (ours) return write_again(r, live);
    if (what_.published) {
      BOOST_OUTCOME_TRY(const bool garbage, may_have_garbage(r));
      if (!garbage || content != live_content::unwritten) return later_edit(r);
    }
    BOOST_OUTCOME_TRYV(keeper_.keep(what_.number, r.path, "it was there when the interrupted mutation was finished",
                                    keeper::as::copy));
    return publishing_.publish(r);
  }

  // Whether a power cut may have left anything in blocks that are new. It cannot be told from a later edit of these.
  result<bool> may_have_garbage(const redo_entry& r) {
    if (in_one_cache()) return false;
    BOOST_OUTCOME_TRY(const bool ordered, is_ordered(r));
    return !ordered;
  }

  result<live_content> content_of(const redo_entry& r, const system::file_status& live,
                                  const system::file_status& source) {
    if (in_one_cache() && !what_.copying && !what_.published) {  // nothing of ours is in it
      return version_state::of(live).same(r.pre) ? live_content::torn : live_content::foreign;
    }
    BOOST_OUTCOME_TRY(const auto known, read_staged(r.old));
    BOOST_OUTCOME_TRY(const auto at, locate_source(r));
    BOOST_OUTCOME_TRY(const auto wanted, by_.system().open(at.directory, at.name, {}));
    BOOST_OUTCOME_TRY(const auto file, open_beneath(by_.system(), by_.where().root, r.path, {}));
    return content_check(by_.system(), wanted, source.size, sums_from(known)).look_at(file, live.size);
  }

  result<located> locate_source(const redo_entry& r) {
    if (!r.sibling.empty()) return locate(by_.system(), by_.where().root, r.sibling);
    return locate(by_.system(), by_.where().staging, staging_name(what_.number) + "/" + r.source);
  }

  // A time that somebody has set since is theirs.
  result<void> write_again(const redo_entry& r, const system::file_status& live) {
    auto again = r;
    if (nothing_to_replay()) {
      again.post.modified = live.modified;
      again.live_mode = live.mode;
    }
    return publishing_.publish(again);
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
    BOOST_OUTCOME_TRY(auto entries, accessible_entries_below(by_.system(), by_.where().root, r.path));
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
    auto source = open_beneath(by_.system(), by_.where().staging, staging_name(what_.number) + "/" + r.source, {});
    if (!source) {
      if (!what_.published) return std::move(source).error();
      return success();
    }
    if (live.type != node::regular) return what_.published ? later_edit(r) : append_to_other(r, live);
    BOOST_OUTCOME_TRY(const auto file, open_beneath(by_.system(), by_.where().root, r.path, {}));
    bool known = live.size >= r.end.offset;
    if (known) {
      BOOST_OUTCOME_TRY(known, has_end(by_.system(), file, r.end));
    }
    if (!known) return what_.published ? later_edit(r) : append_to_other(r, live);
    BOOST_OUTCOME_TRY(const auto content, appended_content(r, live, file, source.value()));
    if (content == live_content::whole || content == live_content::torn) return publishing_.publish(r);
    if (what_.published) {
      BOOST_OUTCOME_TRY(const bool garbage, may_have_garbage(r));
      if (!garbage || content != live_content::unwritten) return later_edit(r);
    }
    BOOST_OUTCOME_TRYV(keeper_.keep_tail(what_.number, r.path, r.end.offset,
                                         "it was behind the old end when the interrupted mutation was finished"));
    BOOST_OUTCOME_TRY(const auto writable,
                      open_beneath(by_.system(), by_.where().root, r.path, {.access = access::read_write}));
    BOOST_OUTCOME_TRYV(by_.system().truncate(writable, r.end.offset));
    return publishing_.publish(r);
  }

  // What stands behind the old end, as far as the appended part goes: the staged bytes, or zeros, as in blocks that
  // never reached the disk. What a person appended behind it stays.
  result<live_content> appended_content(const redo_entry& r, const system::file_status& live,
                                        const system::handle& file, const system::handle& staged) {
    const auto end = r.end.offset + r.length;
    const auto first_new_block = end_of_block(r.end.offset);
    auto content = live.size < end ? live_content::torn : live_content::whole;
    for (std::uint64_t at = 0; at < r.length; at += stream_block) {
      const auto want = std::min<std::uint64_t>(stream_block, r.length - at);
      BOOST_OUTCOME_TRY(const auto found, read_range(by_.system(), file, r.end.offset + at, want));
      BOOST_OUTCOME_TRY(const auto wanted, read_range(by_.system(), staged, at, want));
      if (found.size() > wanted.size()) return live_content::foreign;
      for (std::size_t i = 0; i < found.size(); ++i) {
        if (found[i] == wanted[i]) continue;
        if (live.size > end) return live_content::foreign;
        if (found[i] == '\0') {
          content = std::max(content, live_content::torn);
        } else if (r.end.offset + at + i >= first_new_block) {
          content = live_content::unwritten;
        } else {
          return live_content::foreign;
        }
      }
    }
    return content;
  }

  result<void> later_edit(const redo_entry& r) {
    into_.edited_later.push_back(r.path);
    return success();
  }

  // Something else stands there: the bytes go behind what is there now, in a new file that takes its place in one
  // step, so that an interrupted drain neither adds half of them nor adds them twice. Where renames do not reach the
  // disk in order, a power cut may take both names; the one in staging stays until the drain is durable, and is found.
  result<void> append_to_other(const redo_entry& r, const system::file_status& live) {
    into_.edited_later.push_back(r.path);
    BOOST_OUTCOME_TRY(const auto area,
                      by_.system().open(by_.where().staging, staging_name(what_.number), {.directory = true}));
    BOOST_OUTCOME_TRY(const auto staged, open_beneath(by_.system(), area, r.source, {}));
    const std::string name = r.source + ".other";
    const bool is_file = live.type == node::regular;
    if (!is_file) {
      BOOST_OUTCOME_TRYV(make_parents(r.path));
    }
    BOOST_OUTCOME_TRY(const auto at, locate(by_.system(), by_.where().root, r.path));
    BOOST_OUTCOME_TRYV(remove_tree(by_.system(), at.directory, beside_name(what_.number, at.name)));
    if (live.type == node::none) {
      BOOST_OUTCOME_TRY(const auto made, by_.system().status(area, name));
      BOOST_OUTCOME_TRY(const bool whole, made.type == node::regular ? ends_with(area, name, made, r.length, staged)
                                                                     : result<bool>(false));
      if (whole) return put_other(area, name, at);
    }
    BOOST_OUTCOME_TRYV(remove_tree(by_.system(), area, name));
    if (is_file) {
      BOOST_OUTCOME_TRY(const bool there, ends_with(at.directory, at.name, live, r.length, staged));
      if (there) return success();
      BOOST_OUTCOME_TRYV(copy_node(by_.system(), at.directory, at.name, area, name));
    } else {
      BOOST_OUTCOME_TRYV(write_new_file(by_.system(), area, name, {}, 0666));
      BOOST_OUTCOME_TRYV(make_way({.what = action::put, .path = r.path}, live));
    }
    BOOST_OUTCOME_TRY(const auto file, by_.system().open(area, name, {.access = access::read_write}));
    BOOST_OUTCOME_TRYV(copy_range(by_.system(), staged, 0, file, is_file ? live.size : 0, r.length));
    BOOST_OUTCOME_TRYV(by_.system().sync(file));
    BOOST_OUTCOME_TRYV(by_.system().sync(area));
    return put_other(area, name, at);
  }

  // A second link, or a copy, takes the live name.
  result<void> put_other(const system::handle& area, const std::string& name, const located& at) {
    using system::rename_how;
    const auto spare = spare_of(name);
    BOOST_OUTCOME_TRYV(remove_tree(by_.system(), area, spare));
    if (by_.system().link(area, name, area, spare)) {
      auto renamed = by_.system().rename(area, spare, at.directory, at.name, rename_how::replace);
      if (renamed || renamed.error() != std::errc::cross_device_link) return renamed;
    }
    const auto beside = beside_name(what_.number, at.name);
    BOOST_OUTCOME_TRYV(copy_node(by_.system(), area, name, at.directory, beside));
    BOOST_OUTCOME_TRY(const auto file, by_.system().open(at.directory, beside, {}));
    BOOST_OUTCOME_TRYV(by_.system().sync(file));
    return by_.system().rename(at.directory, beside, at.directory, at.name, rename_how::replace);
  }

  result<bool> ends_with(const system::handle& directory, const std::string& name, const system::file_status& there,
                         std::uint64_t length, const system::handle& staged) {
    if (there.size < length) return false;
    BOOST_OUTCOME_TRY(const auto file, by_.system().open(directory, name, {}));
    for (std::uint64_t at = 0; at < length; at += stream_block) {
      const auto want = std::min<std::uint64_t>(stream_block, length - at);
      BOOST_OUTCOME_TRY(const auto found, read_range(by_.system(), file, there.size - length + at, want));
      BOOST_OUTCOME_TRY(const auto wanted, read_range(by_.system(), staged, at, want));
      if (found != wanted) return false;
    }
    return true;
  }

  session& by_;
  const pending_mutation& what_;
  report& into_;
  keeper keeper_;
  publishing publishing_;
  std::map<std::string, version_state, std::less<>> last_;
  std::set<std::uint64_t> written_;            // inodes of live files that the mutation writes to
  std::set<std::string, std::less<>> remade_;  // directories that this drain made
};

}  // namespace commitpoint::detail
