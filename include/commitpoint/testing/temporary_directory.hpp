#pragma once

/// \file
/// A directory for one test, gone when the test is.

#include <commitpoint/path.hpp>

#include <boost/filesystem/operations.hpp>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <system_error>
#include <utility>

namespace commitpoint::testing {

/// Creates an empty directory of its own, mode 0700, and removes it with everything in it at the end.
class temporary_directory {
 public:
  /// Below `base`, or below `$TMPDIR`, or below /tmp. Throws an `std::system_error` when it cannot be made.
  /// \source mkdtemp(3)
  explicit temporary_directory(const commitpoint::path& base = default_base()) {
    auto name = (base / "commitpoint-XXXXXX").native();
    if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::system_category(), name);
    path_ = name;
  }
  temporary_directory(temporary_directory&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  temporary_directory& operator=(temporary_directory&& other) noexcept {
    path_.swap(other.path_);
    return *this;
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() { remove(); }

  [[nodiscard]] const commitpoint::path& path() const noexcept { return path_; }
  /// The absolute path of something in it.
  [[nodiscard]] commitpoint::path operator/(const commitpoint::path& name) const { return path_ / name; }

  /// Leaves it where it is, for somebody to look at.
  void keep() noexcept { path_.clear(); }

 private:
  static commitpoint::path default_base() {
    const char* chosen = std::getenv("TMPDIR");
    return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
  }

  void remove() noexcept {
    namespace fs = boost::filesystem;
    if (path_.empty()) return;
    boost::system::error_code error;
    fs::remove_all(path_, error);
    if (!error) return;
    // A test may have taken its own right to list or to write a directory away.
    fs::recursive_directory_iterator at(path_, fs::directory_options::skip_permission_denied, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (at->symlink_status().type() == fs::directory_file) fs::permissions(at->path(), fs::owner_all, error);
    }
    fs::remove_all(path_, error);
  }

  commitpoint::path path_;
};

}  // namespace commitpoint::testing
