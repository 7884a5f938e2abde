#pragma once

/// \file
/// What all parts of one commit share: the redo list, and who publishes it.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/publishing/publishing.hpp>
#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::detail {

struct commit_context {
  using kind = staged_entry::kind;
  using action = redo_entry::action;

  explicit commit_context(mutation_context& of) : mutation(of), publisher(of.owner, of.number) {
    if (of.holds_directories()) std::swap(publisher.directories, of.directories);
  }

  mutation_context& mutation;
  publishing publisher;
  std::vector<redo_entry> redo;

  /// Whether there is anything that a commit record is needed for.
  [[nodiscard]] bool changes_something() const noexcept {
    return !redo.empty() || mutation.wrote_in_place || mutation.enlisted;
  }

  result<system::file_status> live_version(const redo_entry& r) {
    BOOST_OUTCOME_TRY(const auto parent, publisher.directories.get(parent_of(r.path)));
    return mutation.system().status(parent->handle, std::string(name_of(r.path)));
  }

  result<system::file_status> new_version(const redo_entry& r) {
    if (!r.sibling.empty()) {
      BOOST_OUTCOME_TRY(const auto beside, publisher.directories.get(parent_of(r.sibling)));
      return mutation.system().status(beside->handle, std::string(name_of(r.sibling)));
    }
    BOOST_OUTCOME_TRY(const auto* area, mutation.staging.directory());
    if (parent_of(r.source).empty()) return mutation.system().status(*area, r.source);
    return status_beneath(mutation.system(), *area, r.source);
  }

  [[nodiscard]] bool is_new_directory(std::string_view plain) const {
    const auto* e = mutation.staged.find(plain);
    return e != nullptr && e->what == kind::directory && e->live != node::directory;
  }

  // The nearest directory above that is live now and will be.
  [[nodiscard]] std::string live_directory(std::string_view plain) const {
    const auto stays = [&](std::string_view directory) {
      const auto* e = mutation.staged.find(directory);
      return e == nullptr || (e->what == kind::directory && e->live == node::directory);
    };
    auto parent = parent_of(plain);
    while (!parent.empty() && !stays(parent)) parent = parent_of(parent);
    return std::string(parent);
  }
};

}  // namespace commitpoint::detail
