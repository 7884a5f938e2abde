#pragma once

/// \file
/// What is left of a mutation between its publish and the barrier that makes the publish durable.

#include <commitpoint/detail/records/entries.hpp>
#include <commitpoint/detail/uses_files.hpp>
#include <commitpoint/files/sync_set.hpp>
#include <commitpoint/journal/interface.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace commitpoint::detail {

/// The paths of the new versions beside their targets that a mutation's records speak of: private names outside
/// staging.
[[nodiscard]] inline std::vector<std::string> siblings_of(const std::vector<undo_entry>& undo) {
  std::vector<std::string> found;
  for (const auto& u : undo) {
    if (u.record == journal::record_kind::sibling) found.push_back(u.path);
  }
  return found;
}

/// A mutation whose publish is not known to be durable yet.
struct unretired_mutation {
  std::uint64_t number = 0;
  sync_set published;                 ///< what its publish changed
  std::vector<std::string> siblings;  ///< needed until the publish is durable
  bool writes_to_live_files = false;  ///< as its publish did, a drain would again
  bool has_no_backups = false;        ///< they were removed already
  bool has_lease = false;             ///< a subprocess may be at work for it
};

}  // namespace commitpoint::detail
