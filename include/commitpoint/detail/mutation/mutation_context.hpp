#pragma once

/// \file
/// The state of one running mutation, and how it sees the tree.

#include <commitpoint/detail/mutation/expectations.hpp>
#include <commitpoint/detail/mutation/overlay.hpp>
#include <commitpoint/detail/mutation/own_files.hpp>
#include <commitpoint/detail/mutation/saved_paths.hpp>
#include <commitpoint/detail/publishing/directory_cache.hpp>
#include <commitpoint/detail/root/advice.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/root/staging_area.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/plan.hpp>

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// What is at a path, as the mutation sees it.
struct sight {
  node type = node::none;
  const staged_entry* staged = nullptr;  ///< the path's own entry
  std::string source;                    ///< where in staging its content is; empty: it is live
  system::file_status live;              ///< where nothing is staged; otherwise it says nothing
};

struct mutation_context {
  mutation_context(session& by, const plan& of, std::uint64_t n)
      : owner(by),
        what(of),
        number(n),
        staging(by, n),
        own_names(by),
        directories(by),
        unsynced(by.new_sync_set()),
        began(by.system().now()),
        began_steady(by.system().steady_now()) {}

  session& owner;
  const plan& what;
  std::uint64_t number;
  staging_area staging;
  own_files own_names;
  directory_cache directories;  ///< what it writes into, as long as it is allowed to hold them (`holds_directories`)
  overlay staged;
  std::vector<undo_entry> undo;  ///< oldest first; each is in the journal, and durable
  saved_paths saved;             ///< by `undo`
  expectations expected;         ///< of the live tree, at the commit point
  sync_set unsynced;             ///< what the barrier before the commit record has to cover
  std::int64_t began;
  std::chrono::steady_clock::time_point began_steady;
  bool wrote_in_place = false;
  bool sources_are_as_made = true;  ///< whether `staged_entry::made` holds: no savepoint has put a content back
  bool enlisted = false;            ///< the application's transaction is open
  /// The absolute path by which tools were sent to the root; empty as long as none was.
  mutable std::string sent_to = {};

  /// Where a parent directory was when the first path in it was named: a change of device is an error.
  struct parent_place {
    std::uint64_t device;
    std::uint64_t mount;
  };
  std::map<std::string, parent_place, std::less<>> parents;

  /// What an open savepoint goes back to.
  struct savepoint_mark {
    std::size_t undo;      ///< so many undo entries
    std::size_t expected;  ///< so many expectations
    std::size_t entries;   ///< a mark of `staged`
    std::size_t files;     ///< a mark of the staged effects
    bool enlisted;         ///< whether the application's transaction was open
    std::size_t undone;    ///< size of `undone`
  };
  std::vector<savepoint_mark> savepoints;  ///< innermost last
  std::vector<undo_entry> undone;          ///< what savepoints have undone, the oldest first
  /// The first sync that failed. What was written before it, or put back, may be readable and yet lost.
  std::optional<failure> failed_sync;
  /// Inodes, and their births, that a savepoint has put back: they are older than they look.
  std::set<std::pair<std::uint64_t, std::int64_t>> restored;

  /// Whether no stamp of a file can have come again since the mutation began: not where the clock was set back.
  [[nodiscard]] bool stamps_hold() const {
    const std::chrono::nanoseconds steadily = system().steady_now() - began_steady;
    return system().now() - began >= steadily.count() - clock_tick;
  }

  /// The undo entries of the innermost scope.
  [[nodiscard]] std::span<const undo_entry> undo_of_scope() const noexcept {
    return std::span(undo).subspan(begin_of_scope());
  }
  [[nodiscard]] std::size_t begin_of_scope() const noexcept { return savepoints.empty() ? 0 : savepoints.back().undo; }

  [[nodiscard]] system::door& system() const noexcept { return owner.system(); }

  /// A failure with what it says of this mutation.
  [[nodiscard]] failure named(failure why) const {
    return advised(std::move(why)).in(number).during(what.operation).under(where().root_path);
  }
  [[nodiscard]] const workspace& where() const noexcept { return owner.where(); }

  /// Makes a set durable. A sync that fails may lose what others wrote to the same file system as well.
  [[nodiscard]] result<void> barrier(const sync_set& set) {
    owner.say(step::barrier, number);
    auto done = owner.shared().durability.barrier(system(), set);
    if (done) return success();
    owner.shared().leases.suspect_all();
    owner.publish_may_be_lost(done.error());
    return sync_failed(std::move(done).error());
  }
  /// `session::retire_now`, whose barrier may fail in the same way.
  [[nodiscard]] result<void> retire_previous() {
    auto done = owner.retire_now();
    if (done) return success();
    return sync_failed(std::move(done).error());
  }
  /// Before anything is written: a journal that is full starts anew. The mutation before is retired first: then nothing
  /// is pending that the new generation would have to carry, and the older one rules until the new one is durable.
  [[nodiscard]] result<void> renew_journal() {
    if (!owner.journal().is_full()) return success();
    BOOST_OUTCOME_TRYV(retire_previous());
    return owner.begin_generation(number, encode_generation({}, where().root_id),
                                  owner.shared().durability.survives_power_loss());
  }
  failure sync_failed(failure why) {
    why = std::move(why).at(step::barrier);
    if (!failed_sync) failed_sync = why;
    return why;
  }

  /// A caller's path in plain form, if the mutation may touch it.
  [[nodiscard]] result<std::string> admit(path_view p) const {
    BOOST_OUTCOME_TRY(auto plain, plain_path(p.text()));
    BOOST_OUTCOME_TRYV(refuse_reserved(plain));
    return plain;
  }
  [[nodiscard]] result<void> refuse_reserved(const std::string& plain) const {
    if (is_at_or_below(plain, where().state_directory) || owner.journal().reserves(plain)) {
      return failure(make_error_code(errc::reserved_path), plain);
    }
    return success();
  }
  /// For what stands at a path, in a tree, or above it: the same by another name is as reserved.
  [[nodiscard]] result<void> refuse_own(const std::string& plain, const system::file_status& there) {
    BOOST_OUTCOME_TRY(const bool is_own, own_names.has(plain, there));
    if (!is_own) return success();
    return failure(make_error_code(errc::reserved_path), plain, "it is commitpoint's own, under another name");
  }
  /// The root under another name has all of that in it.
  [[nodiscard]] result<void> refuse_root(const std::string& plain, const system::file_status& there) const {
    const auto& root = where().root_status;
    if (there.inode != root.inode || there.device != root.device) return success();
    return failure(make_error_code(errc::reserved_path), plain, "it is the root, under another name");
  }
  /// For effects on a whole tree: one that holds the state directory is reserved as well.
  [[nodiscard]] result<void> refuse_reserved_below(const std::string& plain) const {
    if (is_at_or_below(where().state_directory, plain)) {
      return failure(make_error_code(errc::reserved_path), plain, "the state directory is in it");
    }
    return success();
  }

  [[nodiscard]] result<sight> look(const std::string& plain) {
    if (const auto* own = staged.find(plain)) return look_staged(*own, own->source, own);
    if (const auto [place, above] = staged.above(plain); above) {
      if (!above->is_as_made()) return sight{};
      return look_staged(*above, above->source + "/" + plain.substr(place.size() + 1), nullptr);
    }
    BOOST_OUTCOME_TRY(auto live, status_beneath(system(), where().root, plain));
    BOOST_OUTCOME_TRYV(refuse_own(plain, live));
    BOOST_OUTCOME_TRYV(refuse_root(plain, live));
    return sight{live.type, nullptr, {}, live};
  }

  /// `look` for a path that is to be written: its directory is held, and found by its name again before the commit.
  [[nodiscard]] result<sight> look_to_write(const std::string& plain) {
    if (!holds_directories() || staged.find(plain) != nullptr || staged.above(plain).second != nullptr) {
      return look(plain);
    }
    auto parent = directories.get(parent_of(plain));
    if (!parent) return look(plain);  // and say what is wrong with it
    BOOST_OUTCOME_TRY(auto live, system().status(parent.value()->handle, std::string(name_of(plain))));
    BOOST_OUTCOME_TRYV(refuse_own(plain, live));
    BOOST_OUTCOME_TRYV(refuse_root(plain, live));
    return sight{live.type, nullptr, {}, live};
  }

  /// The directory of a new path must exist.
  [[nodiscard]] result<void> require_parent(const std::string& plain) {
    const std::string parent(parent_of(plain));
    if (parent.empty()) return success();
    // It may have been there when it was noted, and have been removed by this mutation since.
    const bool as_it_was = staged.find(parent) == nullptr && staged.above(parent).second == nullptr;
    if (as_it_was && (parents.contains(parent) || (holds_directories() && directories.get(parent)))) return success();
    BOOST_OUTCOME_TRY(const auto seen, look(parent));
    if (seen.type == node::directory) return success();
    return failure(system_error(seen.type == node::none ? ENOENT : ENOTDIR), plain,
                   seen.type == node::none ? "its directory does not exist: create_directories makes it" : "");
  }

  /// Whether a directory that was opened stands for its path: not where tools may have put another one there, which is
  /// theirs to do.
  [[nodiscard]] bool holds_directories() const noexcept { return !wrote_in_place && sent_to.empty(); }

  /// The nearest directory above a path that is live, opened; notes where it is.
  [[nodiscard]] result<directory_cache::pointer> live_parent(const std::string& plain, std::string& parent) {
    parent = parent_of(plain);
    while (!parent.empty()) {
      const auto* e = staged.find(parent);
      const bool made_here = (e && e->live != node::directory) || staged.above(parent).second;
      if (!made_here) break;
      parent = parent_of(parent);
    }
    BOOST_OUTCOME_TRY(auto opened, holds_directories() ? directories.get(parent) : directories.open(parent));
    if (!parents.contains(parent)) {
      const auto& status = opened->status;
      if (!parent.empty()) {
        BOOST_OUTCOME_TRYV(refuse_own(parent, status));
      }
      parents.emplace(parent, parent_place{status.device, status.mount});
      BOOST_OUTCOME_TRYV(owner.add_filesystem(unsynced, opened->handle, status.device));
    }
    return opened;
  }

  /// Before anything is done in place, by tools that are sent to the root by the path under which it was opened.
  /// \errors drifted
  [[nodiscard]] result<void> send_tools() const {
    if (!sent_to.empty()) return success();
    BOOST_OUTCOME_TRYV(require_root_at(where().root_path));
    sent_to = where().root_path;
    return success();
  }
  /// Where tools are sent that ask: the tree that is held, wherever it stands by now.
  [[nodiscard]] const std::string& send_tools_where_it_is() const {
    if (!sent_to.empty()) return sent_to;
    auto now = system().path_of(where().root);
    if (!now) return where().root_path;
    return sent_to = std::move(now).value();
  }
  /// Whether the tools that were sent can have worked nowhere else.
  /// \errors drifted
  [[nodiscard]] result<void> require_tools_were_here() const {
    return sent_to.empty() ? result<void>(success()) : require_root_at(sent_to);
  }

  /// Why it was undone; or, if tools were sent to another tree, that.
  [[nodiscard]] failure why_undone(failure why) const {
    auto here = require_tools_were_here();
    if (here || here.error() != errc::drifted || why.path() == here.error().path()) return why;
    return failure(here.error().code, here.error().path(),
                   here.error().explanation() + "; the mutation was undone, because of: " + why.message());
  }

 private:
  [[nodiscard]] result<void> require_root_at(const std::string& place) const {
    const auto there = system().open_root(place);
    const bool is_gone = !there && (there.error() == std::errc::no_such_file_or_directory ||
                                    there.error() == std::errc::not_a_directory);
    if (!there && !is_gone) return failure(there.error()).on(place);
    if (there) {
      BOOST_OUTCOME_TRY(const auto status, system().status(there.value()));
      const auto& root = where().root_status;
      if (status.inode == root.inode && status.device == root.device) return success();
    }
    return failure(make_error_code(errc::drifted), place,
                   "the root was moved or replaced: what tools write by this path is in another tree; open it again");
  }

  [[nodiscard]] result<sight> look_staged(const staged_entry& e, const std::string& source, const staged_entry* own) {
    using kind = staged_entry::kind;
    switch (e.what) {
      case kind::absent: return sight{node::none, own, {}, {}};
      case kind::file: return sight{node::regular, own, source, {}};
      case kind::append: return sight{node::regular, own, {}, {}};
      case kind::symlink: return sight{node::symlink, own, source, {}};
      case kind::directory: return sight{node::directory, own, {}, {}};
      case kind::tree:
      case kind::from_caller: break;
    }
    BOOST_OUTCOME_TRY(const auto* area, staging.directory());
    BOOST_OUTCOME_TRY(const auto status, status_beneath(system(), *area, source));
    return sight{status.type, own, source, {}};
  }
};

}  // namespace commitpoint::detail
