#pragma once

/// \file
/// The body of `apply`: what a change set makes of a mutation.

#include "changes/change_set.hpp"

#include <commitpoint/mutation.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace command {

/// How far it came.
struct applied {
  std::size_t operations = 0;  ///< that succeeded; the one that failed is next
  bool expectations = false;   ///< all of them held
};

/// Looks at what is expected, and has it looked at again at the commit; then carries out the operations in their order.
/// \errors not_expected; not_so_often; does_not_apply; what the effects say.
[[nodiscard]] cp::result<void> apply_changes(cp::mutation& m, const change_set& changes, applied& so_far,
                                             const std::function<void(std::size_t)>& progress);

/// One file as it is and as it would be.
struct changed_file {
  std::string path;
  std::string what;  ///< `added`, `removed`, `changed`
  std::string diff;  ///< as `diff -u` writes it
};

/// What a mutation that has applied a change set would make live. `root` is where the live files are.
[[nodiscard]] cp::result<std::vector<changed_file>> changes_in(cp::mutation& m, const change_set& changes,
                                                               const std::string& root);

}  // namespace command
