#pragma once

/// \file
/// The publish step that keeps the old version until it is not needed.

#include <commitpoint/detail/io.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/publish/concept.hpp>
#include <commitpoint/publish/rename.hpp>

namespace commitpoint::publish {

/// The new and the old version change places in one step: what was live is in staging until the publish is durable. So
/// a whole staged directory can replace a live one. What replaces nothing is renamed.
///
/// A second exchange would undo the first, so a drain finds out first whether it was done. That takes a file system
/// that brings its renames to the disk in order, and that knows the flag; anything else is refused before the commit
/// point. \source rename(2), RENAME_EXCHANGE
struct exchange {
  using kind = commitpoint::kind::publish;

  template <system::System S>
  class backend {
   public:
    explicit backend(const exchange&) noexcept {}

    [[nodiscard]] static constexpr std::string_view way() noexcept { return by_exchange; }
    [[nodiscard]] static constexpr bool replaces_directories() noexcept { return true; }

    /// \errors unsupported.
    [[nodiscard]] result<void> prepare(S& system, const move<typename S::handle>& m) const {
      if (!m.ordered) {
        return failure(make_error_code(errc::unsupported), {},
                       "publish::exchange needs a file system that brings renames to its disk in order");
      }
      // The kernel looks at the flag only when both names are there, and at the file system only when they lead to
      // different nodes: so the source changes places with an empty file, and back again.
      BOOST_OUTCOME_TRYV(detail::write_new_file(system, m.from, m.spare, {}, 0600));
      auto there = swap(system, m.from, m.source, m.from, m.spare);
      if (!there && there.error() == std::errc::invalid_argument) {
        return failure(make_error_code(errc::unsupported), {}, "this file system has no RENAME_EXCHANGE");
      }
      BOOST_OUTCOME_TRYV(there);
      BOOST_OUTCOME_TRYV(swap(system, m.from, m.source, m.from, m.spare));
      return system.remove_file(m.from, m.spare);
    }

    /// Called only while the source is the new version.
    [[nodiscard]] result<void> put(S& system, const move<typename S::handle>& m) const {
      const rename::backend<S> renaming(rename{});
      // A drain, where the tree was copied to: only a file gets here.
      if (!m.ordered) return renaming.put(system, m);
      auto swapped = swap(system, m.from, m.source, m.to, m.target);
      if (swapped || swapped.error() != std::errc::no_such_file_or_directory) return swapped;
      // Somebody took the old version away: nothing is there to be exchanged.
      return renaming.put(system, m);
    }

   private:
    [[nodiscard]] static result<void> swap(S& system, const typename S::handle& from, const std::string& one,
                                           const typename S::handle& to, const std::string& other) {
      return system.rename(from, one, to, other, system::rename_how::exchange);
    }
  };
};

}  // namespace commitpoint::publish
