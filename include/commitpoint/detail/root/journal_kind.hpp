#pragma once

/// \file
/// Which journal a root has. Whoever opens it with another one would see nothing of what is pending, and undo what was
/// committed; so the root remembers it (journal/kind_file.hpp), from its first owner on.

#include <commitpoint/detail/records/pending.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/journal/kind_file.hpp>

#include <algorithm>
#include <array>
#include <string>

namespace commitpoint::detail {

[[nodiscard]] inline failure other_journal(const opened_root& shared, const std::string& theirs,
                                           const std::string& mine, const std::string& how) {
  return failure(make_error_code(errc::unsupported), joined(shared.where.state_directory, journal::kind_file::name),
                 "the journal of this root is '" + theirs + "', and this program opens it with '" + mine +
                     "'; nothing was touched; open it with its own journal" + how)
      .at(step::drain_read);
}

/// Under any lock: whether the root says that it has this journal; false where it says nothing, and nothing speaks
/// against it.
/// \errors unsupported (it has another one); those of `read_kind`.
[[nodiscard]] inline result<bool> is_of_this_journal(const opened_root& shared, const journal::backend& journal) {
  const auto mine = journal::kind_file::text_of(journal.identity());
  const auto& where = shared.where;
  auto kind = journal::read_kind(shared.system, where.state, where.state_directory);
  if (!kind) return std::move(kind).error().at(step::drain_read);
  if (kind.value()) {
    if (kind.value()->journal == mine) return true;
    return other_journal(shared, kind.value()->journal, mine,
                         "; to change it, release with that one, and remove what docs/policies/journal.md names");
  }
  if (mine.empty()) return false;
  // A root of before version 0.2 says it by its files alone.
  struct trace {
    const char* name;
    std::string theirs;
    bool is_mine;
  };
  const bool with_log = mine == "log" || mine.starts_with("sqlite:");
  const std::array<trace, 4> traces{{{"journal.0", "log", with_log},
                                     {"journal.1", "log", with_log},
                                     {"journal", "json_file", mine == "json_file"},
                                     {"journal.db", "sqlite:" + where.state_directory + "/journal.db", mine != "log"}}};
  for (const auto& t : traces) {
    if (t.is_mine) continue;
    BOOST_OUTCOME_TRY(const auto status, shared.system.status(where.state, t.name));
    if (status.type == node::none) continue;
    return other_journal(shared, t.theirs, mine,
                         "; if that was left and nothing is pending in it, remove '" + std::string(t.name) +
                             "' from the state directory");
  }
  return false;
}

/// For an owner: makes a root that says nothing remember this journal. `pending` was found in it.
/// \errors unsupported (what is pending was written with another one); the system's.
[[nodiscard]] inline result<void> remember_journal(session& by, const std::vector<pending_mutation>& pending) {
  const auto mine = journal::kind_file::text_of(by.journal().identity());
  if (mine.empty()) return success();
  const auto is_attempt = [](const pending_mutation& p) {
    return !p.committed && std::ranges::any_of(p.records, journal::is_note);
  };
  if (mine == "log" && std::ranges::any_of(pending, is_attempt)) {
    return other_journal(by.shared(), "sqlite", mine, "");
  }
  return journal::write_kind(by.system(), by.where().state, {mine, {}});
}

}  // namespace commitpoint::detail
