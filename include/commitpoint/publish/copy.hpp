#pragma once

/// \file
/// The publish step that keeps the inode.

#include <commitpoint/publish/interface.hpp>

#include <string_view>

namespace commitpoint::publish {

/// Writes the new content into the live file: other names of it, and mounts on it, keep in step, and its mode, owner,
/// ACL and attributes stay. What is not there, or is no regular file, is published by renaming.
///
/// The live file is half new while it is written, for whoever does not take the lock; a crash in it is finished by the
/// next drain. The new bytes may find the disk full, and then the mutation is committed and `publish_incomplete`.
class copy : public way {
 public:
  [[nodiscard]] std::string_view word() const noexcept override { return by_copy; }

  /// Opens the target for writing, as `put` will.
  result<void> prepare(system::door& system, const move& m) const override;

  result<void> put(system::door& system, const move& m) const override;

 private:
  using access = system::open_how::access_mode;

  // Whole blocks, so that each is old or new: where the file becomes shorter, its last one is filled with zeros
  // before the rest is cut off.
  [[nodiscard]] static result<void> write_over(system::door& system, const system::handle& source,
                                               const system::handle& live);

  // Last, so that the time says that all is there. Who may write to a file need not be allowed to set its time.
  [[nodiscard]] static result<void> stamp(system::door& system, const move& m);
};

}  // namespace commitpoint::publish

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/publish/copy.ipp>
#endif
