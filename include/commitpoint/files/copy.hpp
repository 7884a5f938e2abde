#pragma once

/// \file
/// A copy of one node, exact in everything that is restored.

#include <commitpoint/files/io.hpp>
#include <commitpoint/files/metadata.hpp>
#include <commitpoint/system/door.hpp>

#include <string>

namespace commitpoint::detail {

/// Copies one file or link with its metadata; the copy must not exist.
[[nodiscard]] inline result<void> copy_node(system::door& system, const system::handle& from, const std::string& name,
                                     const system::handle& to, const std::string& copy) {
  BOOST_OUTCOME_TRY(const auto about, read_metadata(system, from, name));
  if (about.type == node::symlink) {
    BOOST_OUTCOME_TRYV(system.make_symlink(about.target, to, copy));
  } else if (about.type == node::regular) {
    BOOST_OUTCOME_TRY(const auto source, system.open(from, name, {}));
    BOOST_OUTCOME_TRY(const auto target, write_new_file(system, to, copy, {}, 0600));
    BOOST_OUTCOME_TRYV(copy_content(system, source, target));
  } else {
    return failure(make_error_code(errc::not_a_regular_file), name);
  }
  return apply_metadata(system, to, copy, about);
}

}  // namespace commitpoint::detail
