#pragma once

/// \file
/// What is commitpoint's own, by what it is and not by its name. A mount gives the state directory a second path, and a
/// hard link a file in it a second name; whoever works there in the name of a mutation writes over its journal.

#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/plain_path.hpp>
#include <commitpoint/files/tree.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace commitpoint::detail {

/// Of one mutation. Costs nothing as long as no path crosses a mount and no file has a second name.
class own_files {
 public:
  explicit own_files(session& by) : by_(by) {}

  /// Whether the node at a path is commitpoint's own, or in a directory that is.
  [[nodiscard]] result<bool> has(const std::string& plain, const system::file_status& there) {
    const bool is_across = there.mount != by_.where().root_status.mount;
    const bool has_names = there.type == node::regular && there.links > 1;
    if (there.type == node::none || (!is_across && !has_names)) return false;
    BOOST_OUTCOME_TRYV(look());
    if (is_own(there)) return true;
    return is_across ? is_in_own(parent_of(plain)) : false;
  }

 private:
  [[nodiscard]] bool is_own(const system::file_status& s) const { return nodes_.contains({s.device, s.inode}); }

  // The directory, and those above it.
  [[nodiscard]] result<bool> is_in_own(std::string_view directory) {
    for (auto above = directory; !above.empty(); above = parent_of(above)) {
      if (cleared_.contains(above)) break;
      BOOST_OUTCOME_TRY(const auto status, status_beneath(by_.system(), by_.where().root, std::string(above)));
      if (is_own(status)) return true;
    }
    if (!directory.empty()) cleared_.emplace(directory);
    return false;
  }

  result<void> look() {
    if (!nodes_.empty()) return success();
    auto& system = by_.system();
    const auto add = [&](const system::file_status& s) {
      if (s.type != node::none) nodes_.emplace(s.device, s.inode);
    };
    BOOST_OUTCOME_TRY(const auto names, system.list(by_.where().state));
    for (const auto& entry : names) {
      BOOST_OUTCOME_TRY(const auto status, system.status(by_.where().state, entry.name));
      add(status);
    }
    for (const auto& plain : by_.journal().outside()) {
      BOOST_OUTCOME_TRY(const auto status, status_beneath(system, by_.where().root, plain));
      add(status);
    }
    add(by_.where().state_status);
    return success();
  }

  session& by_;
  std::set<std::pair<std::uint64_t, std::uint64_t>> nodes_;  // device and inode
  std::set<std::string, std::less<>> cleared_;
};

}  // namespace commitpoint::detail
