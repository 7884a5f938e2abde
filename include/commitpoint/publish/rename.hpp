#pragma once

/// \file
/// The publish step that works everywhere.

#include <commitpoint/publish/interface.hpp>

#include <string>

namespace commitpoint::publish {

/// Renames the new version over the live name. Where metadata is not known to reach the disk in order, a power cut
/// may leave a rename with both names gone; so the source is kept, and a second link to it is renamed instead.
/// Splits hard links: other names of a replaced file keep the old version.
/// \source rename(2); Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014.
class rename : public way {
 public:
  /// Makes the second link while a failure can still be rolled back; where there are no hard links, a copy.
  result<void> prepare(system::door& system, const move& m) const override;

  result<void> put(system::door& system, const move& m) const override;

 private:
  // A drain takes a spare that it finds for whole, so that the copy gets this name when it is; and no barrier knows
  // of it, and it is what goes live, so that it is synced here.
  [[nodiscard]] static result<void> copy_aside(system::door& system, const move& m);
};

}  // namespace commitpoint::publish

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/publish/rename.ipp>
#endif
