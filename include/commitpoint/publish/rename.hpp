#pragma once

/// \file
/// The publish step that works everywhere.

#include <commitpoint/policy.hpp>
#include <commitpoint/publish/concept.hpp>

namespace commitpoint::publish {

/// Renames the new version over the live name. Where metadata is not known to reach the disk in order, a power cut
/// may leave a rename with both names gone; so the source is kept, and a second link to it is renamed instead.
/// Splits hard links: other names of a replaced file keep the old version.
/// \source rename(2); Pillai et al., "All File Systems Are Not Created Equal", OSDI 2014.
struct rename {
  using kind = commitpoint::kind::publish;

  template <system::System S>
  class backend {
   public:
    explicit backend(const rename&) noexcept {}

    [[nodiscard]] result<void> put(S& system, const move<typename S::handle>& m) const {
      using system::rename_how;
      if (m.ordered) return system.rename(m.from, m.source, m.to, m.target, rename_how::replace);
      auto linked = system.link(m.from, m.source, m.from, m.spare);
      // A crash may have left the spare; it can only be a link to the same source.
      if (!linked && linked.error() != std::errc::file_exists) return linked;
      return system.rename(m.from, m.spare, m.to, m.target, rename_how::replace);
    }
  };
};

}  // namespace commitpoint::publish
