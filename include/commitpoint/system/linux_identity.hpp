#pragma once

/// \file
/// What Linux tells about a file system beyond POSIX: whether its renames reach the disk in order, and whether its
/// cache can have been lost. Also the umask, which only /proc tells without changing it, and names of users.

#include <dirent.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

namespace commitpoint::system::linux_identity {

/// Whether the file system behind `descriptor` brings renames to its disk as one step each, and in order.
///
/// Yes for xfs, and for ext3 and ext4 with a journal of their own: one log holds all metadata. Yes for btrfs, where a
/// rename is one step of a transaction; mind that its fsync logs single files, so that it may overtake the rename of
/// another file. Yes for tmpfs, which outlives no power cut at all, so that there is no order to see. No for anything
/// else, and whenever it cannot be found out: ext2 and ext4 without a journal, overlayfs, the network file systems,
/// ext4 with its journal on another device.
///
/// \source statfs(2), proc(5); Documentation/filesystems/ext4/journal.rst of Linux. The statistics of a journal stand
/// in /proc/fs/jbd2 under the device's name, with `!` for `/`, and the journal's inode number.
[[nodiscard]] bool has_ordered_metadata(int descriptor);

/// Whether the link count of a directory is that of the directories in it, and two: on ext2 to ext4, xfs and tmpfs.
/// (btrfs says 1; what a FUSE program or a server says is its business.)
/// \source inode(7)
[[nodiscard]] bool counts_subdirectories(int descriptor);

/// A text that stays the same as long as nothing that was written can have been lost: the boot id, and the mount that
/// the descriptor was reached through. Empty when either is not known.
///
/// Before Linux 6.8 a mount has no unique id; the plain one, which is used here together with the device, may be given
/// again after an unmount, so that a disk that was pulled out and mounted again in one boot can look untouched.
///
/// \source statx(2), STATX_MNT_ID_UNIQUE; random(4), boot_id
[[nodiscard]] std::string cache_identity(int descriptor);

/// The process's umask; 022 where /proc does not tell. Setting it to read it would change it for other threads.
/// \source proc_pid_status(5), `Umask`
[[nodiscard]] std::uint32_t current_umask();

/// What the system's database calls a user; empty where it has none.
/// \source getpwuid_r(3)
[[nodiscard]] std::string user_name(std::uint32_t user);

// What follows is the implementation.

// A newer header may not be installed; the value is part of the kernel's interface.
inline constexpr unsigned mount_id_unique = 0x4000U;

// All of a small file of /proc or /sys; empty on any error.
[[nodiscard]] inline std::string small_file(const char* name) {
  const int descriptor = ::open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  if (descriptor == -1) return {};
  std::string text;
  char buffer[4096];
  for (ssize_t n = 0; (n = ::read(descriptor, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(descriptor);
  return text;
}

[[nodiscard]] inline std::string device_number(const struct statx& x) {
  return std::to_string(x.stx_dev_major) + ':' + std::to_string(x.stx_dev_minor);
}

// The kernel's name of a block device, as the last part of its directory in /sys; empty when there is none.
[[nodiscard]] inline std::string block_device_name(const struct statx& x) {
  char target[4096];
  const auto link = "/sys/dev/block/" + device_number(x);
  const auto length = ::readlink(link.c_str(), target, sizeof target);
  if (length <= 0) return {};
  const std::string_view text(target, static_cast<std::size_t>(length));
  return std::string(text.substr(text.rfind('/') + 1));
}

// Whether `entry` is `device`, a dash and an inode number.
[[nodiscard]] inline bool is_journal_of(std::string_view entry, std::string_view device) noexcept {
  return entry.size() > device.size() + 1 && entry.starts_with(device) && entry[device.size()] == '-' &&
         entry.find_first_not_of("0123456789", device.size() + 1) == std::string_view::npos;
}

[[nodiscard]] inline bool has_journal(int descriptor) {
  struct statx x {};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_TYPE, &x) != 0) return false;
  const auto device = block_device_name(x);
  if (device.empty()) return false;
  const std::unique_ptr<DIR, int (*)(DIR*)> journals(::opendir("/proc/fs/jbd2"), &::closedir);
  if (!journals) return false;
  while (const dirent* entry = ::readdir(journals.get())) {
    if (is_journal_of(entry->d_name, device)) return true;
  }
  return false;
}

inline bool has_ordered_metadata(int descriptor) {
  struct statfs x {};
  if (::fstatfs(descriptor, &x) != 0) return false;
  switch (static_cast<std::uint32_t>(x.f_type)) {  // the kernel's word is signed on some machines
    case XFS_SUPER_MAGIC:
    case BTRFS_SUPER_MAGIC:
    case TMPFS_MAGIC: return true;
    case EXT4_SUPER_MAGIC: return has_journal(descriptor);  // also the number of ext2 and ext3
    default: return false;
  }
}

inline bool counts_subdirectories(int descriptor) {
  struct statfs x {};
  if (::fstatfs(descriptor, &x) != 0) return false;
  const auto type = static_cast<std::uint32_t>(x.f_type);
  return type == EXT4_SUPER_MAGIC || type == XFS_SUPER_MAGIC || type == TMPFS_MAGIC;
}

[[nodiscard]] inline std::string mount_identity(int descriptor) {
  struct statx x {};
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID | mount_id_unique, &x) != 0) return {};
  if ((x.stx_mask & mount_id_unique) != 0) return "unique " + std::to_string(x.stx_mnt_id);
  if (::statx(descriptor, "", AT_EMPTY_PATH, STATX_MNT_ID, &x) != 0 || (x.stx_mask & STATX_MNT_ID) == 0) return {};
  return "mount " + std::to_string(x.stx_mnt_id) + " device " + device_number(x);
}

// Of this boot, which no process outlives.
[[nodiscard]] inline std::string boot_id() {
  auto boot = small_file("/proc/sys/kernel/random/boot_id");
  while (!boot.empty() && boot.back() == '\n') boot.pop_back();
  return boot;
}

inline std::string cache_identity(int descriptor) {
  static const std::string boot = boot_id();
  const auto mount = mount_identity(descriptor);
  if (boot.empty() || mount.empty()) return {};
  return boot + ' ' + mount;
}

inline std::uint32_t current_umask() {
  static constexpr std::string_view label = "\nUmask:";
  const auto text = small_file("/proc/self/status");
  const auto found = text.find(label);
  if (found == std::string::npos) return 022;
  return static_cast<std::uint32_t>(std::strtoul(text.c_str() + found + label.size(), nullptr, 8)) & 0777U;
}

inline std::string user_name(std::uint32_t user) {
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16384, '\0');
  if (::getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return {};
  return found->pw_name;
}

}  // namespace commitpoint::system::linux_identity
