#pragma once

/// \file
/// From the end of the body to the commit point, and to the last published path.

#include <commitpoint/detail/mutation/commit_context.hpp>
#include <commitpoint/detail/mutation/last_look.hpp>
#include <commitpoint/detail/mutation/old_versions.hpp>
#include <commitpoint/detail/mutation/redo_list.hpp>
#include <commitpoint/detail/mutation/siblings.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace commitpoint::detail {

/// Commits one mutation. Until `write_record` is called, a failure is followed by a rollback; after it, by nothing.
class commit {
 public:
  explicit commit(mutation_context& c) : c_(c) {}
  commit(const commit&) = delete;
  commit& operator=(const commit&) = delete;

  /// Whether there is anything that a commit record is needed for.
  [[nodiscard]] bool changes_something() const noexcept { return c_.changes_something(); }

  /// Builds the redo list and makes everything durable that it relies on.
  result<void> prepare() {
    BOOST_OUTCOME_TRYV(list_.expand());
    BOOST_OUTCOME_TRYV(list_.list_entries());
    BOOST_OUTCOME_TRYV(siblings_.write_siblings());
    BOOST_OUTCOME_TRYV(list_.part_inodes());
    BOOST_OUTCOME_TRYV(list_.make_sources_accessible());
    if (c_.mutation.staging.made()) {
      BOOST_OUTCOME_TRY(const auto* area, c_.mutation.staging.directory());
      c_.publisher.has_staging(*area);
    }
    for (auto& r : c_.redo) {
      auto ready = old_.note_old(r);
      if (ready) ready = c_.publisher.prepare(r, c_.live_directory(r.path));
      if (!ready) return std::move(ready).error().on(r.path);
    }
    return barrier();
  }

  /// Looks at the tree for the last time before the commit point.
  /// \errors drifted.
  result<void> check() {
    c_.mutation.owner.say(step::check, c_.mutation.number);
    BOOST_OUTCOME_TRY(const auto moved, c_.publisher.directories.moved_away());
    if (!moved.empty()) return failure(make_error_code(errc::drifted), moved, "the directory was replaced");
    looked_at_ = c_.mutation.system().now();
    BOOST_OUTCOME_TRYV(look_.look_at_staging());
    for (auto& r : c_.redo) {
      auto checked = look_.check_target(r);
      if (!checked) return std::move(checked).error().at(step::check).on(r.path);
    }
    return check_expected();  // last, so that as little time as possible is left for others
  }

  /// \errors drifted.
  result<void> check_expected() {
    BOOST_OUTCOME_TRYV(c_.mutation.require_tools_were_here());
    auto met = c_.mutation.expected.check(c_.mutation.system(), c_.mutation.where().root);
    if (!met) return std::move(met).error().at(step::check);
    return success();
  }

  /// The commit point. \errors not_owner, and those of the journal. A failure whose outcome is `unknown` must not be
  /// followed by anything.
  result<void> write_record() {
    c_.mutation.owner.say(step::commit, c_.mutation.number);
    auto body = c_.mutation.owner.body(c_.mutation.what.operation);
    body.details = &c_.mutation.what.details;
    body.redo = &c_.redo;
    body.looked_at = looked_at_;
    if (c_.mutation.owner.unretired) body.retires = c_.mutation.owner.unretired->number;
    return c_.mutation.owner.commit(c_.mutation.number, body);
  }

  result<void> publish() {
    BOOST_OUTCOME_TRYV(note_copying());
    for (const auto& r : c_.redo) {
      BOOST_OUTCOME_TRYV(c_.publisher.publish(r));
    }
    BOOST_OUTCOME_TRYV(c_.publisher.finish_directories(c_.redo));
    BOOST_OUTCOME_TRYV(remove_scratch());
    c_.mutation.owner.say(step::published, c_.mutation.number);
    return c_.mutation.owner.append(journal::record_kind::published, c_.mutation.number, c_.mutation.owner.body());
  }

  /// What the owner has to retire once the publish is durable.
  [[nodiscard]] unretired_mutation leave(bool has_lease) {
    c_.publisher.directories.give_to(c_.publisher.changed);
    return {c_.mutation.number,
            std::move(c_.publisher.changed),
            siblings_of(c_.mutation.undo),
            std::ranges::any_of(c_.redo, &redo_entry::writes_to_live_file),
            false,
            has_lease};
  }

 private:
  // Before the first live file is written to. Unsynced: where the cache was lost, a drain takes it for written anyway.
  result<void> note_copying() {
    const bool copies = std::ranges::any_of(c_.redo, [](const auto& r) { return r.how == publish::by_copy; });
    if (!copies) return success();
    return c_.mutation.owner.append(journal::record_kind::copying, c_.mutation.number, c_.mutation.owner.body());
  }

  // What is still in the plan's private directories is nobody's. The next barrier covers it.
  result<void> remove_scratch() {
    for (const auto& u : c_.mutation.undo) {
      if (u.record != journal::record_kind::scratch) continue;
      BOOST_OUTCOME_TRY(const auto there, status_beneath(c_.mutation.system(), c_.mutation.where().root, u.path));
      if (there.type == node::none) continue;
      BOOST_OUTCOME_TRY(const auto parent, c_.publisher.directories.get(parent_of(u.path)));
      BOOST_OUTCOME_TRYV(c_.mutation.owner.add_filesystem(c_.publisher.changed, parent->handle, parent->status.device));
      auto removed = remove_tree(c_.mutation.system(), parent->handle, std::string(name_of(u.path)));
      if (!removed) return std::move(removed).error().at(step::publish).on(u.path);
    }
    return success();
  }

  result<void> barrier() {
    if (!c_.changes_something()) return success();
    const auto& where = c_.mutation.where();
    if (c_.mutation.staging.made() && !c_.mutation.unsynced.takes(2)) {
      c_.mutation.unsynced.add_unknown();
    } else if (c_.mutation.staging.made()) {
      BOOST_OUTCOME_TRY(const auto* area, c_.mutation.staging.directory());
      BOOST_OUTCOME_TRY(auto own, c_.mutation.system().open(*area, ".", {.directory = true}));
      c_.mutation.unsynced.add(std::move(own));
      BOOST_OUTCOME_TRY(auto above, c_.mutation.system().open(where.staging, ".", {.directory = true}));
      c_.mutation.unsynced.add(std::move(above));
    }
    if (c_.mutation.owner.unretired) c_.mutation.unsynced.merge(std::move(c_.mutation.owner.unretired->published));
    return c_.mutation.barrier(c_.mutation.unsynced);
  }

  commit_context c_;
  std::int64_t looked_at_ = 0;
  redo_list list_{c_};
  old_versions old_{c_};
  siblings siblings_{c_};
  last_look look_{c_};
};

}  // namespace commitpoint::detail
