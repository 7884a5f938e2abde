#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/copy.hpp>
#include <commitpoint/publish/rename.hpp>

#include <string>
#include <system_error>

namespace commitpoint::publish {

COMMITPOINT_INLINE result<void> rename::prepare(system::door& system, const move& m) const {
  if (m.ordered) return success();
  auto linked = system.link(m.from, m.source, m.from, m.spare);
  if (linked || linked.error() == std::errc::file_exists) return success();
  return copy_aside(system, m);
}

COMMITPOINT_INLINE result<void> rename::put(system::door& system, const move& m) const {
  using system::rename_how;
  if (m.ordered) return system.rename(m.from, m.source, m.to, m.target, rename_how::replace);
  auto renamed = system.rename(m.from, m.spare, m.to, m.target, rename_how::replace);
  if (renamed || renamed.error() != std::errc::no_such_file_or_directory) return renamed;
  // A drain comes after the spare went.
  BOOST_OUTCOME_TRYV(prepare(system, m));
  return system.rename(m.from, m.spare, m.to, m.target, rename_how::replace);
}

COMMITPOINT_INLINE result<void> rename::copy_aside(system::door& system, const move& m) {
  const auto half = m.spare + std::string(half_suffix);
  auto gone = system.remove_file(m.from, half);  // of a drain that was cut short
  if (!gone && gone.error() != std::errc::no_such_file_or_directory) return gone;
  BOOST_OUTCOME_TRYV(files::copy_node(system, m.from, m.source, m.from, half));
  BOOST_OUTCOME_TRY(const auto made, system.status(m.from, half));
  if (made.type == system::node_type::regular) {
    BOOST_OUTCOME_TRY(const auto copy, system.open(m.from, half, {}));
    BOOST_OUTCOME_TRYV(system.sync(copy));
  }
  return system.rename(m.from, half, m.from, m.spare, system::rename_how::replace);
}

}  // namespace commitpoint::publish
