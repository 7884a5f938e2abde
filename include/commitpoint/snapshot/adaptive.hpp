#pragma once

/// \file
/// The cheapest snapshot that a file's system and writers allow. The default.

#include <commitpoint/snapshot/interface.hpp>

#include <memory>

namespace commitpoint::snapshot {

/// A clone where the file system can, as `reflink`. Elsewhere a link, as `hardlink`, but only where the touch says that
/// the writers replace (`touch::replaced_tree`); a copy otherwise. A file system that cannot clone is asked once.
struct adaptive {
  using kind = commitpoint::kind::snapshot;

  [[nodiscard]] std::unique_ptr<strategy> make() const;
};

}  // namespace commitpoint::snapshot

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/snapshot/adaptive.ipp>
#endif
