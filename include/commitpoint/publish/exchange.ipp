#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.ipp>

#include <string>
#include <system_error>

namespace commitpoint::publish {

COMMITPOINT_INLINE result<void> exchange::prepare(system::door& system, const move& m) const {
  if (!m.ordered) {
    return failure(make_error_code(errc::unsupported), {},
                   "publish::exchange needs a file system that brings renames to its disk in order");
  }
  // The kernel looks at the flag only when both names are there, and at the file system only when they lead to
  // different nodes: so the source changes places with an empty file, and back again.
  BOOST_OUTCOME_TRYV(files::write_new_file(system, m.from, m.spare, {}, 0600));
  auto there = swap(system, m.from, m.source, m.from, m.spare);
  if (!there && there.error() == std::errc::invalid_argument) {
    return failure(make_error_code(errc::unsupported), {}, "this file system has no RENAME_EXCHANGE");
  }
  BOOST_OUTCOME_TRYV(there);
  BOOST_OUTCOME_TRYV(swap(system, m.from, m.source, m.from, m.spare));
  return system.remove_file(m.from, m.spare);
}

COMMITPOINT_INLINE result<void> exchange::put(system::door& system, const move& m) const {
  const rename renaming;
  // A drain, where the tree was copied to: only a file gets here.
  if (!m.ordered) return renaming.put(system, m);
  auto swapped = swap(system, m.from, m.source, m.to, m.target);
  if (swapped || swapped.error() != std::errc::no_such_file_or_directory) return swapped;
  // Somebody took the old version away: nothing is there to be exchanged.
  return renaming.put(system, m);
}

COMMITPOINT_INLINE result<void> exchange::swap(system::door& system, const system::handle& from, const std::string& one,
                                               const system::handle& to, const std::string& other) {
  return system.rename(from, one, to, other, system::rename_how::exchange);
}

}  // namespace commitpoint::publish
