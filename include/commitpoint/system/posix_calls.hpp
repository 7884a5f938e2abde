#pragma once

/// \file
/// The small change of `system::native`: how a call's return value becomes a `result`, and how the library's words and
/// the kernel's translate.

#include <commitpoint/system/door.hpp>
#include <commitpoint/system/handle.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>

namespace commitpoint::system::posix {

static_assert(sizeof(off_t) == 8, "files larger than 2 GiB need _FILE_OFFSET_BITS=64");

// Calls until it is not interrupted. \source signal(7)
template <class F>
[[nodiscard]] auto uninterrupted(F call_it) {
  for (;;) {
    const auto returned = call_it();
    if (returned != -1 || errno != EINTR) return returned;
  }
}

// For calls that give 0.
template <class F>
[[nodiscard]] result<void> done(F call_it) {
  if (uninterrupted(call_it) == -1) return commitpoint::system_error(errno);
  return success();
}

// For calls that give a number of bytes.
template <class F>
[[nodiscard]] result<std::size_t> moved(F call_it) {
  const auto count = uninterrupted(call_it);
  if (count == -1) return commitpoint::system_error(errno);
  return static_cast<std::size_t>(count);
}

// What takes a descriptor back. An error of close() is not looked at: what had to be durable was synced before, and
// Linux gives the descriptor back in any case, so that a second try could only close somebody else's.
inline void close_descriptor(std::intptr_t descriptor) noexcept { ::close(static_cast<int>(descriptor)); }

[[nodiscard]] inline int descriptor(const handle& h) noexcept { return static_cast<int>(h.number()); }

// For calls that give a descriptor.
template <class F>
[[nodiscard]] result<handle> opened(F call_it) {
  const int descriptor = uninterrupted(call_it);
  if (descriptor == -1) return commitpoint::system_error(errno);
  return handle(descriptor, &close_descriptor);
}

// The name under which the kernel gives a descriptor back as a path, without looking its old path up again.
[[nodiscard]] inline std::string proc_name(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

// FICLONE. Its header, linux/fs.h, cannot be included beside sys/mount.h. \source ioctl_ficlone(2)
inline constexpr unsigned long clone_request = _IOW(0x94, 9, int);

[[nodiscard]] inline int open_flags(const open_how& how) noexcept {
  int flags = O_CLOEXEC | O_NOFOLLOW;
  if (how.directory) flags |= O_DIRECTORY;
  if (how.create || how.create_exclusive) flags |= O_CREAT;
  if (how.create_exclusive) flags |= O_EXCL;
  switch (how.access) {
    case open_how::access_mode::path: return flags | O_PATH;  // openat2 refuses more than these beside it
    case open_how::access_mode::read: flags |= O_RDONLY; break;
    case open_how::access_mode::write: flags |= O_WRONLY; break;
    case open_how::access_mode::read_write: flags |= O_RDWR; break;
  }
  return flags | O_NOCTTY | O_NONBLOCK;
}

[[nodiscard]] inline unsigned rename_flags(rename_how how) noexcept {
  switch (how) {
    case rename_how::replace: break;
    case rename_how::keep: return RENAME_NOREPLACE;
    case rename_how::exchange: return RENAME_EXCHANGE;
  }
  return 0;
}

[[nodiscard]] inline node_type type_of_mode(unsigned mode) noexcept {
  switch (mode & S_IFMT) {
    case S_IFREG: return node_type::regular;
    case S_IFDIR: return node_type::directory;
    case S_IFLNK: return node_type::symlink;
    default: return node_type::other;
  }
}

[[nodiscard]] inline node_type type_of_entry(unsigned char type) noexcept {
  switch (type) {
    case DT_REG: return node_type::regular;
    case DT_DIR: return node_type::directory;
    case DT_LNK: return node_type::symlink;
    default: return node_type::other;
  }
}

// Times before 1970 have a negative second and a positive rest.
[[nodiscard]] inline timespec to_timespec(std::int64_t nanoseconds) noexcept {
  constexpr std::int64_t second = 1'000'000'000;
  const auto rest = (nanoseconds % second + second) % second;
  return {static_cast<time_t>((nanoseconds - rest) / second), static_cast<long>(rest)};
}

[[nodiscard]] inline std::int64_t to_nanoseconds(const statx_timestamp& t) noexcept {
  return std::int64_t{t.tv_sec} * 1'000'000'000 + std::int64_t{t.tv_nsec};
}

[[nodiscard]] inline file_status to_status(const struct statx& x) noexcept {
  file_status status;
  status.type = type_of_mode(x.stx_mode);
  status.mode = x.stx_mode & 07777U;
  status.user = x.stx_uid;
  status.group = x.stx_gid;
  status.size = x.stx_size;
  status.blocks = x.stx_blocks;
  status.links = x.stx_nlink;
  status.inode = x.stx_ino;
  status.device = (std::uint64_t{x.stx_dev_major} << 32U) | x.stx_dev_minor;
  status.mount = (x.stx_mask & STATX_MNT_ID) != 0 ? x.stx_mnt_id : 0;
  status.modified = to_nanoseconds(x.stx_mtime);
  status.changed = to_nanoseconds(x.stx_ctime);
  if ((x.stx_mask & STATX_BTIME) != 0) status.born = to_nanoseconds(x.stx_btime);
  status.is_fixed = (x.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) != 0;
  return status;
}

[[nodiscard]] inline result<file_status> status_of(int descriptor, const char* name, int flags) {
  struct statx x {};
  const unsigned wanted = STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID;
  BOOST_OUTCOME_TRYV(done([&] { return ::statx(descriptor, name, flags, wanted, &x); }));
  return to_status(x);
}

// The length is not asked first: it could change, and /proc says 0.
[[nodiscard]] inline result<std::string> link_target(int descriptor, const char* name) {
  for (std::size_t size = 256;; size *= 2) {
    std::string text(size, '\0');
    BOOST_OUTCOME_TRY(const auto length,
                      moved([&] { return ::readlinkat(descriptor, name, text.data(), text.size()); }));
    if (length == size) continue;  // it may have been cut
    text.resize(length);
    return text;
  }
}

}  // namespace commitpoint::system::posix
