#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <boost/filesystem/operations.hpp>

#include <cerrno>
#include <cstdlib>
#include <system_error>

namespace commitpoint::testing {

COMMITPOINT_INLINE temporary_directory::temporary_directory(const commitpoint::path& base) {
  auto name = (base / "commitpoint-XXXXXX").native();
  if (::mkdtemp(name.data()) == nullptr) throw std::system_error(errno, std::system_category(), name);
  path_ = name;
}

COMMITPOINT_INLINE temporary_directory& temporary_directory::operator=(temporary_directory&& other) noexcept {
  path_.swap(other.path_);
  return *this;
}

COMMITPOINT_INLINE commitpoint::path temporary_directory::default_base() {
  const char* chosen = std::getenv("TMPDIR");
  return chosen != nullptr && *chosen != '\0' ? chosen : "/tmp";
}

COMMITPOINT_INLINE void temporary_directory::remove() noexcept {
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

}  // namespace commitpoint::testing
