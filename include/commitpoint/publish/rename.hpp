#pragma once

/// \file
/// The publish step that works everywhere.

#include <commitpoint/detail/copy_node.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/publish/concept.hpp>

#include <string>
#include <system_error>

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

    /// Makes the second link while a failure can still be rolled back; where there are no hard links, a copy.
    [[nodiscard]] result<void> prepare(S& system, const move<typename S::handle>& m) const {
      if (m.ordered) return success();
      auto linked = system.link(m.from, m.source, m.from, m.spare);
      if (linked || linked.error() == std::errc::file_exists) return success();
      return copy_aside(system, m);
    }

    [[nodiscard]] result<void> put(S& system, const move<typename S::handle>& m) const {
      using system::rename_how;
      if (m.ordered) return system.rename(m.from, m.source, m.to, m.target, rename_how::replace);
      auto renamed = system.rename(m.from, m.spare, m.to, m.target, rename_how::replace);
      if (renamed || renamed.error() != std::errc::no_such_file_or_directory) return renamed;
      // A drain comes after the spare went.
      BOOST_OUTCOME_TRYV(prepare(system, m));
      return system.rename(m.from, m.spare, m.to, m.target, rename_how::replace);
    }

   private:
    // A drain takes a spare that it finds for whole, so that the copy gets this name when it is; and no barrier knows
    // of it, and it is what goes live, so that it is synced here.
    [[nodiscard]] static result<void> copy_aside(S& system, const move<typename S::handle>& m) {
      const auto half = m.spare + std::string(half_suffix);
      auto gone = system.remove_file(m.from, half);  // of a drain that was cut short
      if (!gone && gone.error() != std::errc::no_such_file_or_directory) return gone;
      BOOST_OUTCOME_TRYV(detail::copy_node(system, m.from, m.source, m.from, half));
      BOOST_OUTCOME_TRY(const auto made, system.status(m.from, half));
      if (made.type == system::node_type::regular) {
        BOOST_OUTCOME_TRY(const auto copy, system.open(m.from, half, {}));
        BOOST_OUTCOME_TRYV(system.sync(copy));
      }
      return system.rename(m.from, half, m.from, m.spare, system::rename_how::replace);
    }
  };
};

}  // namespace commitpoint::publish
