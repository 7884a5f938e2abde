#pragma once

/// \file
/// File systems of a test's own, where it may mount any.

#include "support/tree.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstring>
#include <string>

namespace support {

/// Why nothing can be mounted here; empty when it can. From the first call on, mounts are this process' own.
[[nodiscard]] inline const std::string& why_no_mounts() {
  static const std::string why = []() -> std::string {
    if (::geteuid() != 0) return "only root may mount";
    if (::unshare(CLONE_NEWNS) != 0) return std::string("unshare: ") + std::strerror(errno);
    if (::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) {
      return std::string("mount: ") + std::strerror(errno);
    }
    return {};
  }();
  return why;
}

/// A small file system in memory, mounted over a directory as long as this lives.
class mounted {
 public:
  explicit mounted(const cp::path& over) : over_(over.native()) {
    REQUIRE(::mount("none", over_.c_str(), "tmpfs", 0, "size=16m,mode=755") == 0);
  }
  mounted(const mounted&) = delete;
  mounted& operator=(const mounted&) = delete;
  ~mounted() { ::umount2(over_.c_str(), MNT_DETACH); }

 private:
  std::string over_;
};

}  // namespace support
