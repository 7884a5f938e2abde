#pragma once

/// \file
/// New versions for targets on other devices.

#include <commitpoint/detail/mutation/commit_context.hpp>
#include <commitpoint/detail/mutation/in_place.hpp>
#include <commitpoint/detail/records/names.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/copy.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// Writes the siblings of one commit.
class siblings {
 public:
  explicit siblings(commit_context& c) : c_(c) {}

  // New versions for other devices are written beside their targets now, after a durable record of their names:
  // after the commit point only renames remain.
  result<void> write_siblings() {
    const auto& state = c_.mutation.where().state_status;
    std::vector<redo_entry*> moved;
    std::vector<undo_entry> names;
    for (auto& r : c_.redo) {
      if (r.what != action::put && r.what != action::remove) continue;
      const auto directory = c_.live_directory(r.path);
      BOOST_OUTCOME_TRY(const auto parent, c_.publisher.directories.get(directory));
      if (parent->status.device == state.device && parent->status.mount == state.mount) continue;
      r.sibling = joined(directory, sibling_name(c_.mutation.number, c_.mutation.staging.fresh_serial()));
      moved.push_back(&r);
      const auto spare = spare_of(r.sibling);
      for (const auto& name : {r.sibling, spare, spare + std::string(publish::half_suffix)}) {
        names.push_back({.record = journal::record_kind::sibling,
                         .how = undo_entry::way::remove_scratch,
                         .path = name,
                         .parent_modified = parent->status.modified});
      }
    }
    if (moved.empty()) return success();
    in_place_effects recorder(c_.mutation);
    BOOST_OUTCOME_TRYV(
        recorder.record(journal::record_kind::sibling, std::move(names), c_.mutation.owner.new_sync_set()));
    for (auto* r : moved) {
      c_.mutation.owner.say(step::sibling, c_.mutation.number, r->path);
      if (r->what == action::put) {
        BOOST_OUTCOME_TRY(const auto* area, c_.mutation.staging.directory());
        BOOST_OUTCOME_TRY(const auto from, locate(c_.mutation.system(), *area, r->source));
        BOOST_OUTCOME_TRY(const auto to, c_.publisher.directories.get(parent_of(r->sibling)));
        auto copied =
            copy_tree(c_.mutation.system(), from.directory, from.name, to->handle, std::string(name_of(r->sibling)));
        if (!copied) return std::move(copied).error().at(step::sibling).on(r->path);
        BOOST_OUTCOME_TRYV(c_.mutation.unsynced.add_filesystem(c_.mutation.system(), to->handle, to->status.device));
        c_.mutation.unsynced.add_unknown();
      }
      r->source.clear();
    }
    return success();
  }

 private:
  using kind = staged_entry::kind;
  using action = redo_entry::action;

  commit_context& c_;
};

}  // namespace commitpoint::detail
