#pragma once

/// \file
/// New versions in staging: where they are made, what they take over, and what undoes them for a savepoint.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/files/plain_path.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::detail {

/// The new versions of one mutation.
class staged_versions {
 public:
  using kind = staged_entry::kind;

  explicit staged_versions(mutation_context& c) : c_(c) {}

  result<sight> look_for_file(const std::string& plain) { return only_file(plain, c_.look(plain)); }
  /// The same for one that is to be written.
  result<sight> look_to_write(const std::string& plain) { return only_file(plain, c_.look_to_write(plain)); }

  result<void> note_parent(const std::string& plain) {
    if (c_.parents.contains(parent_of(plain))) return success();
    std::string parent;
    BOOST_OUTCOME_TRYV(c_.live_parent(plain, parent));
    return success();
  }

  // A name for a new version. One that replaces nothing is created where the rules of its directory hold.
  result<std::string> new_source(const std::string& plain, const sight& seen) {
    if (seen.type != node::none) {
      BOOST_OUTCOME_TRYV(note_parent(plain));
      return c_.staging.fresh_file();
    }
    BOOST_OUTCOME_TRYV(c_.require_parent(plain));
    std::string parent(parent_of(plain));
    if (auto known = c_.staging.fresh_in_known(parent)) return *std::move(known);
    BOOST_OUTCOME_TRY(const auto opened, c_.live_parent(plain, parent));
    return c_.staging.fresh_like(opened->handle, opened->status, std::string(parent_of(plain)));
  }

  result<system::handle> create(const std::string& source) {
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    const system::open_how how{.access = access::read_write, .create_exclusive = true};
    if (source.find('/') == std::string::npos) return c_.system().open(*area, source, how);
    c_.unsynced.add_unknown();  // the directory in between
    return open_beneath(c_.system(), *area, source, how);
  }

  result<system::handle> open_staged(const std::string& source, access how) {
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    return open_beneath(c_.system(), *area, source, {.access = how});
  }

  // Whether a new version takes the place of a file that has access rights to be kept; also where `stage` was asked to
  // replace one, and its tool made nothing yet.
  [[nodiscard]] static bool replaces(const sight& seen) noexcept {
    return seen.type != node::none || (seen.staged != nullptr && seen.staged->about.has_value());
  }

  result<metadata> metadata_of(const std::string& plain, const sight& seen) {
    // What a tool made has the tool's rights until it is adopted; the replaced file's were noted.
    if (seen.staged != nullptr && seen.staged->what == kind::from_caller && seen.staged->about) {
      return *seen.staged->about;
    }
    const bool is_seen_live = seen.staged == nullptr && seen.source.empty();  // not one that is appended to
    if (is_seen_live && seen.type == node::regular && c_.holds_directories()) {
      BOOST_OUTCOME_TRY(const auto parent, c_.directories.get(parent_of(plain)));
      BOOST_OUTCOME_TRY(auto attributes, c_.system().attributes_at(parent->handle, std::string(name_of(plain))));
      return access_of(seen.live, std::move(attributes));
    }
    if (seen.source.empty()) {
      BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), c_.where().root, plain));
      return read_metadata(c_.system(), at.directory, at.name);
    }
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    BOOST_OUTCOME_TRY(const auto at, locate(c_.system(), *area, seen.source));
    return read_metadata(c_.system(), at.directory, at.name);
  }

  // The new version at `source`, a file in the mutation's own directory that was just made, gets mode, owner, ACL and
  // attributes of the one that it replaces.
  result<void> keep_access(const std::string& plain, const sight& seen, const std::string& source,
                           const system::handle& made, const system::file_status& status) {
    BOOST_OUTCOME_TRY(const auto about, metadata_of(plain, seen));
    BOOST_OUTCOME_TRY(const auto* area, c_.staging.directory());
    if (!attributes_of_new_) {
      BOOST_OUTCOME_TRY(attributes_of_new_, c_.system().attributes(made));
    }
    return change_access(c_.system(), {*area, source, &made}, access_of(status, *attributes_of_new_), about);
  }

  // Only a savepoint undoes what was staged: without one all of it is simply removed.
  template <class F>
  void note_undo(F undo) {
    if (!c_.savepoints.empty()) undo_.emplace_back(std::move(undo));
  }

  /// What undoes, in staging, the effects since a mark; the entries of the overlay have their own.
  [[nodiscard]] std::size_t mark() const noexcept { return undo_.size(); }

  result<void> rewind(std::size_t mark) {
    for (; undo_.size() > mark; undo_.pop_back()) {
      BOOST_OUTCOME_TRYV(undo_.back()());
    }
    return success();
  }

  /// Nothing has to be undone any more.
  void forget_undo() { undo_.clear(); }

 private:
  static result<sight> only_file(const std::string& plain, result<sight>&& seen) {
    if (seen && seen.value().type != node::none && seen.value().type != node::regular) {
      return failure(make_error_code(errc::not_a_regular_file), plain);
    }
    return std::move(seen);
  }

  mutation_context& c_;
  // What a file has that is made in the mutation's own directory: the same for each of them.
  std::optional<system::attribute_map> attributes_of_new_;
  std::vector<std::function<result<void>()>> undo_;  // while a savepoint is open: oldest first
};

}  // namespace commitpoint::detail
