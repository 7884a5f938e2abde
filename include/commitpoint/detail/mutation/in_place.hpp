#pragma once

/// \file
/// Effects in place: what can undo them is durable before they happen.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/mutation/staged_tree.hpp>
#include <commitpoint/detail/undo/database_tools.hpp>
#include <commitpoint/detail/undo/tree_snapshot.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <algorithm>
#include <cerrno>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

class in_place_effects {
 public:
  using way = undo_entry::way;

  explicit in_place_effects(mutation_context& c) : c_(c) {}

  /// Saves each path; one barrier for all backups, then one record for all, durable.
  result<void> protect(std::span<const touch> touches) {
    if (touches.empty()) return success();
    c_.owner.drop_backups();
    // A file that only grows is its own backup, so that what the mutation before made of it has to be durable.
    const bool relies_on_live =
        std::ranges::any_of(touches, [](const touch& t) { return t.how == touch::way::appended; });
    if (relies_on_live) {
      BOOST_OUTCOME_TRYV(c_.retire_previous());
    }
    std::vector<undo_entry> entries;
    saved_paths seen;  // of `entries`
    auto saved = c_.owner.new_sync_set();
    // Before the first backup is written: only descriptors that were open then hear of a write-back error.
    c_.owner.add_own_filesystem(saved);
    for (const auto& t : touches) {
      BOOST_OUTCOME_TRY(const auto plain, c_.admit(t.path));
      // The first state of a path in this scope is the one to go back to.
      if (seen.covers(plain, 0) || c_.saved.covers(plain, c_.begin_of_scope())) continue;
      auto entry = save(t.how, plain, saved);
      if (!entry) return std::move(entry).error().at(step::snapshot).on(plain);
      const bool is_new_database = t.how == touch::way::sqlite && entry.value().how == way::restore_absence;
      seen.add(entry.value(), entries.size());
      entries.push_back(std::move(entry).value());
      if (is_new_database) {
        BOOST_OUTCOME_TRYV(save_absence_beside(plain, entries));
      }
    }
    return record(journal::record_kind::protect, std::move(entries), std::move(saved));
  }

  result<void> will_create(const path_set& paths) {
    std::vector<undo_entry> entries;
    for (const auto& p : paths) {
      BOOST_OUTCOME_TRY(auto plain, c_.admit(p));
      BOOST_OUTCOME_TRY(const auto status, status_beneath(c_.system(), c_.where().root, plain));
      if (status.type != node::none) return failure(system_error(EEXIST), plain);
      BOOST_OUTCOME_TRY(auto entry, new_entry(plain, way::restore_absence));
      entries.push_back(std::move(entry));
    }
    return record(journal::record_kind::will_create, std::move(entries), c_.owner.new_sync_set());
  }

  result<void> track_new(const path_set& paths) {
    std::vector<undo_entry> entries;
    for (const auto& p : paths) {
      BOOST_OUTCOME_TRY(auto plain, c_.admit(p));
      BOOST_OUTCOME_TRY(const auto status, status_beneath(c_.system(), c_.where().root, plain));
      if (status.type == node::none) return failure(system_error(ENOENT), plain);
      if (!status.born) {
        return failure(make_error_code(errc::unsupported), plain,
                       "this file system keeps no birth times, so that nothing tells a new file from an old one: "
                       "use will_create");
      }
      const std::pair birth(status.inode, *status.born);
      if (*status.born < c_.began || c_.restored.contains(birth) || c_.owner.born_ahead.contains(birth)) {
        return failure(make_error_code(errc::not_new), plain);
      }
      BOOST_OUTCOME_TRY(auto entry, new_entry(plain, way::remove_created));
      entry.parent_modified.reset();  // its creation has already changed it
      entry.state = version_state::of(status);
      // By it the mutation's own bytes are known; to the tick where there is one, for most of them are that young.
      const bool is_coarse = granularity_of(status.changed) > clock_tick;
      entry.changed = is_coarse ? settled_change(c_.system(), status) : status.changed;
      entry.born = status.born;
      entries.push_back(std::move(entry));
    }
    return record(journal::record_kind::created, std::move(entries), c_.owner.new_sync_set());
  }

  /// What undoes an effect that is not a file; durable when this returns, and so before the effect.
  /// \errors unknown_compensation.
  result<void> on_rollback(std::string_view name, details arguments) {
    std::vector<undo_entry> entries{
        {.how = way::compensate, .compensation = std::string(name), .arguments = std::move(arguments)}};
    if (!c_.owner.can_compensate(entries.front().compensation)) {
      return failure(
          make_error_code(errc::unknown_compensation), {},
          "'" + std::string(name) + "' is not in the options::compensations that the coordinator was opened with");
    }
    return record(journal::record_kind::compensate, std::move(entries), c_.owner.new_sync_set());
  }

  /// The plan's private directories: registered, then made.
  result<void> make_scratch(std::span<const std::string> directories) {
    std::vector<undo_entry> entries;
    for (const auto& directory : directories) {
      BOOST_OUTCOME_TRY(auto plain, c_.admit(directory));
      BOOST_OUTCOME_TRY(const auto status, status_beneath(c_.system(), c_.where().root, plain));
      if (status.type != node::none) return failure(system_error(EEXIST), plain, "a staging directory must be new");
      BOOST_OUTCOME_TRY(auto entry, new_entry(plain, way::remove_scratch));
      if (entry.path != plain) return failure(system_error(ENOENT), plain, "its directory does not exist");
      BOOST_OUTCOME_TRYV(make_scratch_aside(entry));
      entries.push_back(std::move(entry));
    }
    const auto made = entries;
    BOOST_OUTCOME_TRYV(record(journal::record_kind::scratch, std::move(entries), c_.owner.new_sync_set()));
    for (const auto& entry : made) {
      BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), c_.where().root, entry.path));
      auto placed =
          entry.backup.empty() ? c_.system().make_directory(at.directory, at.name, 0700) : place_scratch(entry, at);
      if (!placed) return std::move(placed).error().on(entry.path);
    }
    return success();
  }

  /// Writes the records of entries and makes them durable, after what they rely on.
  result<void> record(journal::record_kind kind_of, std::vector<undo_entry> entries, sync_set relied_on) {
    if (entries.empty()) return success();
    // A drain undoes this mutation before it publishes the one before it again. What the entries have found of that one
    // must not be lost in between; nor may it write to a file that was put back by then, which can be a backup.
    if (auto& previous = c_.owner.unretired; previous && kind_of != journal::record_kind::compensate) {
      if (previous->writes_to_live_files) {
        BOOST_OUTCOME_TRYV(c_.retire_previous());
      } else {
        relied_on.merge(std::move(previous->published));
      }
    }
    if (!relied_on.empty()) {
      relied_on.add_unknown();  // the staging directory, and those above it
      c_.owner.add_own_filesystem(relied_on);
      BOOST_OUTCOME_TRYV(c_.barrier(relied_on));
    }
    c_.owner.say(step::undo_record, c_.number, entries.front().path);
    auto body = c_.owner.body(c_.what.operation);
    const details none;
    body.details = c_.undo.empty() ? &c_.what.details : &none;
    body.entries = &entries;
    // Before the append: from now on they may be in the journal.
    for (const auto& e : entries) {
      c_.undo.push_back(e);
      c_.undo.back().record = kind_of;
      c_.saved.add(c_.undo.back(), c_.undo.size() - 1);
    }
    if (kind_of != journal::record_kind::compensate) c_.unsynced.add_unknown();
    c_.wrote_in_place = true;
    auto appended = c_.owner.append(kind_of, c_.number, body);
    if (appended) appended = c_.owner.sync_journal();
    if (!appended) return std::move(appended).error().at(step::undo_record);
    return success();
  }

 private:
  // Made in staging first, so that its inode is in the record before it has its name: whatever else is found at that
  // name later is somebody else's. On another device it can only be made in its place.
  result<void> make_scratch_aside(undo_entry& entry) {
    const auto& state = c_.where().state_status;
    if (entry.device != state.device || entry.mount != state.mount) return success();
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    entry.backup = c_.staging.fresh_scratch();
    BOOST_OUTCOME_TRYV(c_.system().make_directory(*area, entry.backup, 0700));
    BOOST_OUTCOME_TRY(const auto status, c_.system().status(*area, entry.backup));
    entry.state = version_state::of(status);
    entry.born = status.born;
    return success();
  }
  result<void> place_scratch(const undo_entry& entry, const located& at) {
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    return c_.system().rename(*area, entry.backup, at.directory, at.name, system::rename_how::keep);
  }

  // Whoever makes the path makes the directories on the way to it, so the first that is missing goes with it.
  result<undo_entry> new_entry(const std::string& plain, way how) {
    BOOST_OUTCOME_TRYV(c_.send_tools());
    undo_entry entry{.record = journal::record_kind::protect, .how = how, .path = plain};
    auto at = locate(c_.system(), c_.where().root, plain);
    while (!at && at.error() == std::errc::no_such_file_or_directory && !parent_of(entry.path).empty()) {
      entry.path = parent_of(entry.path);
      at = locate(c_.system(), c_.where().root, entry.path);
    }
    if (!at) return std::move(at).error();
    BOOST_OUTCOME_TRY(const auto parent, c_.system().status(at.value().directory));
    if (const auto above = parent_of(entry.path); !above.empty()) {
      BOOST_OUTCOME_TRYV(c_.refuse_own(std::string(above), parent));
    }
    entry.parent_modified = parent.modified;
    entry.device = parent.device;
    entry.mount = parent.mount;
    BOOST_OUTCOME_TRYV(c_.owner.add_filesystem(c_.unsynced, at.value().directory, parent.device));
    return entry;
  }

  result<undo_entry> save(touch::way how, const std::string& plain, sync_set& saved) {
    BOOST_OUTCOME_TRY(auto entry, new_entry(plain, way::restore_absence));
    BOOST_OUTCOME_TRY(const auto status, status_beneath(c_.system(), c_.where().root, plain));
    // Of a tree it is not known yet, and of a file that only grows nothing is saved but its length.
    const bool is_saved = status.type == node::regular && how != touch::way::appended;
    c_.owner.say(step::snapshot, c_.number, plain, is_saved ? status.size : 0);
    if (status.type == node::none) return entry;
    BOOST_OUTCOME_TRYV(c_.refuse_own(plain, status));
    BOOST_OUTCOME_TRYV(c_.refuse_root(plain, status));
    if (status.type == node::other) return failure(make_error_code(errc::not_a_regular_file), plain);
    BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), c_.where().root, plain));
    entry.state = version_state::of(status);
    entry.changed = status.changed;
    entry.born = status.born;
    if (status.type != node::directory) entry.links = status.links;
    BOOST_OUTCOME_TRY(entry.about, read_metadata(c_.system(), at.directory, at.name));
    BOOST_OUTCOME_TRYV(c_.unsynced.add_mounted(c_.system(), at.directory, at.name, status));
    if (how == touch::way::sqlite) return save_database(std::move(entry), saved);
    const bool wants_tree = how == touch::way::tree || how == touch::way::replaced_tree;
    if (status.type == node::symlink && how != touch::way::appended) {
      entry.how = way::restore_link;
      return entry;
    }
    if (wants_tree != (status.type == node::directory)) {
      return failure(make_error_code(errc::not_a_regular_file), plain,
                     wants_tree ? "it is not a directory: use touch::file" : "it is a directory: use touch::tree");
    }
    if (wants_tree) return save_tree(std::move(entry), how, saved);
    if (how == touch::way::appended) return save_length(std::move(entry), at, status);
    BOOST_OUTCOME_TRYV(refuse_database(c_.system(), at.directory, at.name, status, plain, c_.owner.shared().databases));
    entry.how = way::restore_file;
    entry.backup = c_.staging.fresh_backup();
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(auto copy, save_file(c_.owner.shared(), at, entry.about, *area, entry.backup, false));
    entry.evidence = std::move(copy.evidence);
    BOOST_OUTCOME_TRY(const auto now, hold_file(c_.system(), at.directory, at.name, status, *area, entry.backup));
    entry.changed = settled_change(c_.system(), now);
    saved.add(std::move(copy.backup));
    return entry;
  }

  // By SQLite, which neither the file nor its locks may be taken away from.
  result<undo_entry> save_database(undo_entry entry, sync_set& saved) {
    if (entry.state.type != node::regular) return failure(make_error_code(errc::not_a_regular_file), entry.path);
    if (database_tool() == nullptr) return no_database_tool(entry.path);
    entry.how = way::restore_database;
    entry.backup = c_.staging.fresh_backup();
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto root_path, c_.system().path_of(c_.where().root));
    BOOST_OUTCOME_TRY(const auto area_path, c_.system().path_of(*area));
    BOOST_OUTCOME_TRYV(database_tool()(root_path + "/" + entry.path, area_path + "/" + entry.backup, entry.path,
                                       c_.owner.shared().settings.database_busy_timeout, c_.system().database_vfs()));
    BOOST_OUTCOME_TRY(entry.evidence, evidence_of_database(c_.system(), *area, entry.backup));
    saved.add_unknown();
    return entry;
  }

  // A database that is not there yet brings the files that SQLite keeps beside it.
  result<void> save_absence_beside(const std::string& plain, std::vector<undo_entry>& entries) {
    for (const auto* suffix : {"-wal", "-shm", "-journal"}) {
      BOOST_OUTCOME_TRY(const auto there, status_beneath(c_.system(), c_.where().root, plain + suffix));
      if (there.type != node::none) continue;
      BOOST_OUTCOME_TRY(auto entry, new_entry(plain + suffix, way::restore_absence));
      entries.push_back(std::move(entry));
    }
    return success();
  }

  result<undo_entry> save_length(undo_entry entry, const located& at, const system::file_status& live) {
    if (entry.state.type != node::regular) return failure(make_error_code(errc::not_a_regular_file), entry.path);
    BOOST_OUTCOME_TRY(auto file, c_.system().open(at.directory, at.name, {}));
    BOOST_OUTCOME_TRY(entry.end, read_end(c_.system(), file));
    entry.how = way::restore_length;
    // Nobody need have synced it, nor its name.
    auto relied_on = c_.owner.new_sync_set();
    BOOST_OUTCOME_TRYV(relied_on.add_filesystem(c_.system(), at.directory, entry.device));
    BOOST_OUTCOME_TRYV(relied_on.add_mounted(c_.system(), at.directory, at.name, live));
    BOOST_OUTCOME_TRY(auto above, c_.system().open(at.directory, ".", {.directory = true}));
    relied_on.add(std::move(file));
    relied_on.add(std::move(above));
    BOOST_OUTCOME_TRYV(c_.barrier(relied_on));
    return entry;
  }

  result<undo_entry> save_tree(undo_entry entry, touch::way how, sync_set& saved) {
    BOOST_OUTCOME_TRYV(c_.refuse_reserved_below(entry.path));
    entry.how = way::restore_tree;
    BOOST_OUTCOME_TRY(const auto top, status_beneath(c_.system(), c_.where().root, entry.path));
    entry.device = top.device;
    entry.mount = top.mount;
    entry.backup = c_.staging.fresh_backup();
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    tree_snapshot snapshot(c_.owner);
    BOOST_OUTCOME_TRY(entry.evidence,
                      snapshot.save(entry.path, *area, entry.backup, how == touch::way::replaced_tree,
                                    [&](const std::string& plain, const system::file_status& status) -> result<void> {
                                      BOOST_OUTCOME_TRYV(c_.refuse_reserved(plain));
                                      return c_.refuse_own(plain, status);
                                    }));
    saved.add_unknown();
    return entry;
  }

  mutation_context& c_;
};

}  // namespace commitpoint::detail
