#pragma once

/// \file
/// The publish step that keeps the old version until it is not needed.

#include <commitpoint/publish/interface.hpp>

#include <string>
#include <string_view>

namespace commitpoint::publish {

/// The new and the old version change places in one step: what was live is in staging until the publish is durable. So
/// a whole staged directory can replace a live one. What replaces nothing is renamed.
///
/// A second exchange would undo the first, so a drain finds out first whether it was done. That takes a file system
/// that brings its renames to the disk in order, and that knows the flag; anything else is refused before the commit
/// point. \source rename(2), RENAME_EXCHANGE
class exchange : public way {
 public:
  [[nodiscard]] std::string_view word() const noexcept override { return by_exchange; }
  [[nodiscard]] bool replaces_directories() const noexcept override { return true; }

  /// \errors unsupported.
  result<void> prepare(system::door& system, const move& m) const override;

  /// Called only while the source is the new version.
  result<void> put(system::door& system, const move& m) const override;

 private:
  [[nodiscard]] static result<void> swap(system::door& system, const system::handle& from, const std::string& one,
                                         const system::handle& to, const std::string& other);
};

}  // namespace commitpoint::publish

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/publish/exchange.ipp>
#endif
