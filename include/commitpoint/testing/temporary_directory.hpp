#pragma once

/// \file
/// A directory for one test, gone when the test is.

#include <commitpoint/path.hpp>

#include <utility>

namespace commitpoint::testing {

/// Creates an empty directory of its own, mode 0700, and removes it with everything in it at the end.
class temporary_directory {
 public:
  /// Below `base`, or below `$TMPDIR`, or below /tmp. Throws an `std::system_error` when it cannot be made.
  /// \source mkdtemp(3)
  explicit temporary_directory(const commitpoint::path& base = default_base());
  temporary_directory(temporary_directory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  temporary_directory& operator=(temporary_directory&& other) noexcept;
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() { remove(); }

  [[nodiscard]] const commitpoint::path& path() const noexcept { return path_; }
  /// The absolute path of something in it.
  [[nodiscard]] commitpoint::path operator/(const commitpoint::path& name) const { return path_ / name; }

  /// Leaves it where it is, for somebody to look at.
  void keep() noexcept { path_.clear(); }

 private:
  static commitpoint::path default_base();

  void remove() noexcept;

  commitpoint::path path_;
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/temporary_directory.ipp>
#endif
