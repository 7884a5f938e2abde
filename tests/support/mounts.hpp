#pragma once

/// \file
/// File systems of a test's own, where it may mount any.

#include "support/tree.hpp"

#include <sched.h>
#include <sys/mount.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <map>
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

/// A file system of a type that the kernel knows, in an image in memory, as long as this lives.
class loop_mounted {
 public:
  /// `type` as mkfs knows it: "ext4", "xfs" (which shares blocks) or "btrfs" (which does as well); also "ext4 of
  /// seconds" and "ext3 of seconds", whose inodes have no room for nanoseconds.
  explicit loop_mounted(const std::string& type) {
    why_not_ = why_no_mounts();
    if (!why_not_.empty()) return;
    const std::map<std::string, std::string> makers{{"ext4", "mkfs.ext4 -qF"},
                                                    {"ext4 of seconds", "mkfs.ext4 -qF -I 128"},
                                                    {"ext3 of seconds", "mkfs.ext3 -qF -I 128"},
                                                    {"xfs", "mkfs.xfs -qf -m reflink=1"},
                                                    {"btrfs", "mkfs.btrfs -qf"}};
    const auto image = (directory_ / "image").native();
    REQUIRE(::mkdir(where().c_str(), 0755) == 0);
    const auto does = [&](const std::string& command) {
      if (std::system((command + " >/dev/null 2>&1").c_str()) == 0) return true;
      why_not_ = "this failed: " + command;
      return false;
    };
    is_mounted_ = does("truncate -s 512M " + image) && does(makers.at(type) + " " + image) &&
                  does("mount -o loop " + image + " " + where().native());
  }
  loop_mounted(const loop_mounted&) = delete;
  loop_mounted& operator=(const loop_mounted&) = delete;
  ~loop_mounted() {
    if (is_mounted_) ::umount2(where().c_str(), MNT_DETACH);
  }

  /// Why it is not there; empty when it is.
  [[nodiscard]] const std::string& why_not() const noexcept { return why_not_; }
  [[nodiscard]] cp::path where() const { return directory_ / "mounted"; }

 private:
  cp::testing::temporary_directory directory_{in_memory()};
  std::string why_not_;
  bool is_mounted_ = false;
};

}  // namespace support
