#pragma once

/// \file
/// The real operating system: Linux. POSIX headers are included by this folder and by testing/, and nowhere else.

#include <commitpoint/config.hpp>
#include <commitpoint/system/linux_identity.hpp>
#include <commitpoint/system/lock_holders.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/system/posix_attributes.hpp>
#include <commitpoint/system/posix_calls.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace commitpoint::system {

// Opening.

/// \source open(2)
COMMITPOINT_INLINE result<handle> native::open_root(const std::string& name) {
  return posix::opened([&] { return ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY); });
}
/// \source openat(2)
COMMITPOINT_INLINE result<handle> native::open(const handle& dir, const std::string& name, const open_how& how) {
  return posix::opened(
      [&] { return ::openat(posix::descriptor(dir), name.c_str(), posix::open_flags(how), how.mode & 07777U); });
}
/// \errors ENOSYS where openat2 is missing or forbidden, ELOOP at a symbolic link
/// \source openat2(2)
COMMITPOINT_INLINE result<handle> native::open_beneath(const handle& dir, const std::string& path_text,
                                                       const open_how& how) {
  if (!settings_.use_openat2) return commitpoint::system_error(ENOSYS);
  ::open_how kernel_how{};
  kernel_how.flags = static_cast<std::uint64_t>(posix::open_flags(how));
  if (how.create || how.create_exclusive) kernel_how.mode = how.mode & 07777U;  // must be 0 otherwise
  kernel_how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // EAGAIN says that the kernel could not rule a race out. A rename storm may repeat it, but not for ever.
  for (int tries_left = 64;; --tries_left) {
    auto fd = posix::opened([&] {
      return static_cast<int>(
          ::syscall(SYS_openat2, posix::descriptor(dir), path_text.c_str(), &kernel_how, sizeof kernel_how));
    });
    if (fd) return fd;
    // Some containers forbid what they do not know with EPERM. A real one is met again by the walk that follows.
    if (fd.error() == std::errc::operation_not_permitted) return commitpoint::system_error(ENOSYS);
    if (tries_left == 0 || fd.error() != std::errc::resource_unavailable_try_again) return fd;
  }
}

// Names. \source mkdirat(2), symlinkat(2), unlinkat(2), renameat2(2), linkat(2), readlinkat(2)

COMMITPOINT_INLINE result<void> native::make_directory(const handle& dir, const std::string& name, std::uint32_t mode) {
  return posix::done([&] { return ::mkdirat(posix::descriptor(dir), name.c_str(), mode & 07777U); });
}
COMMITPOINT_INLINE result<void> native::make_symlink(const std::string& target, const handle& dir,
                                                     const std::string& name) {
  return posix::done([&] { return ::symlinkat(target.c_str(), posix::descriptor(dir), name.c_str()); });
}
COMMITPOINT_INLINE result<std::string> native::read_symlink(const handle& dir, const std::string& name) {
  return posix::link_target(posix::descriptor(dir), name.c_str());
}
COMMITPOINT_INLINE result<void> native::remove_file(const handle& dir, const std::string& name) {
  return posix::done([&] { return ::unlinkat(posix::descriptor(dir), name.c_str(), 0); });
}
COMMITPOINT_INLINE result<void> native::remove_directory(const handle& dir, const std::string& name) {
  return posix::done([&] { return ::unlinkat(posix::descriptor(dir), name.c_str(), AT_REMOVEDIR); });
}
COMMITPOINT_INLINE result<void> native::rename(const handle& from, const std::string& old_name, const handle& to,
                                               const std::string& new_name, rename_how how) {
  return posix::done([&] {
    return ::renameat2(posix::descriptor(from), old_name.c_str(), posix::descriptor(to), new_name.c_str(),
                       posix::rename_flags(how));
  });
}
COMMITPOINT_INLINE result<void> native::link(const handle& from, const std::string& old_name, const handle& to,
                                             const std::string& new_name) {
  return posix::done(
      [&] { return ::linkat(posix::descriptor(from), old_name.c_str(), posix::descriptor(to), new_name.c_str(), 0); });
}
/// \source readdir(3)
COMMITPOINT_INLINE result<std::vector<directory_entry>> native::list(const handle& dir) {
  // A new description, since reading moves the position, which the caller's handle shares with its duplicates.
  BOOST_OUTCOME_TRY(auto own, open(dir, ".", {.directory = true}));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(posix::descriptor(own)), &::closedir);
  if (!stream) return commitpoint::system_error(errno);
  (void)own.release();  // the stream closes it
  std::vector<directory_entry> entries;
  for (;;) {
    errno = 0;
    const dirent* entry = ::readdir(stream.get());
    if (entry == nullptr && errno == EINTR) continue;
    if (entry == nullptr && errno != 0) return commitpoint::system_error(errno);
    if (entry == nullptr) return entries;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") entries.push_back({std::string(name), posix::type_of_entry(entry->d_type)});
  }
}

// What stands there. \source statx(2)

COMMITPOINT_INLINE result<file_status> native::status(const handle& dir, const std::string& name) {
  auto found = posix::status_of(posix::descriptor(dir), name.c_str(), AT_SYMLINK_NOFOLLOW);
  if (!found && found.error() == std::errc::no_such_file_or_directory) return file_status{};
  return found;
}
COMMITPOINT_INLINE result<file_status> native::status(const handle& node) {
  return posix::status_of(posix::descriptor(node), "", AT_EMPTY_PATH);
}

// Content. \source pread(2), pwrite(2), ioctl_ficlone(2), copy_file_range(2), ftruncate(2), lseek(2)

COMMITPOINT_INLINE result<std::size_t> native::read(const handle& file, std::uint64_t offset, std::span<char> buffer) {
  return posix::moved(
      [&] { return ::pread(posix::descriptor(file), buffer.data(), buffer.size(), static_cast<off_t>(offset)); });
}
COMMITPOINT_INLINE result<std::size_t> native::write(const handle& file, std::uint64_t offset,
                                                     std::span<const char> bytes) {
  return posix::moved(
      [&] { return ::pwrite(posix::descriptor(file), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
}
COMMITPOINT_INLINE result<void> native::clone(const handle& from, const handle& to) {
  auto cloned =
      posix::done([&] { return ::ioctl(posix::descriptor(to), posix::clone_request, posix::descriptor(from)); });
  // Who has never heard of the request says so in another way.
  if (!cloned && cloned.error() == std::errc::inappropriate_io_control_operation) {
    return commitpoint::system_error(EOPNOTSUPP);
  }
  return cloned;
}
COMMITPOINT_INLINE result<std::size_t> native::copy_range(const handle& from, std::uint64_t from_offset,
                                                          const handle& to, std::uint64_t to_offset,
                                                          std::size_t length) {
  return posix::moved([&] {
    auto read_at = static_cast<off_t>(from_offset);
    auto write_at = static_cast<off_t>(to_offset);
    return ::copy_file_range(posix::descriptor(from), &read_at, posix::descriptor(to), &write_at, length, 0);
  });
}
COMMITPOINT_INLINE result<void> native::truncate(const handle& file, std::uint64_t size) {
  return posix::done([&] { return ::ftruncate(posix::descriptor(file), static_cast<off_t>(size)); });
}
COMMITPOINT_INLINE result<std::optional<extent>> native::next_data(const handle& file, std::uint64_t offset) {
  auto seek = [&](std::uint64_t from, int whence) {
    return posix::moved([&] { return ::lseek(posix::descriptor(file), static_cast<off_t>(from), whence); });
  };
  auto begin = seek(offset, SEEK_DATA);
  if (!begin && begin.error() == std::errc::no_such_device_or_address) return std::nullopt;  // ENXIO: no more
  const bool unknown =
      !begin && (begin.error() == std::errc::invalid_argument || begin.error() == std::errc::operation_not_supported);
  if (unknown) {  // then all of it counts as data
    BOOST_OUTCOME_TRY(const auto now_there, status(file));
    if (offset >= now_there.size) return std::nullopt;
    return extent{offset, now_there.size};
  }
  if (!begin) return begin.error();
  BOOST_OUTCOME_TRY(const auto end, seek(begin.value(), SEEK_HOLE));
  return extent{begin.value(), end};
}

// Metadata. A handle that was opened with `path` access is reached through /proc, since the descriptor-based calls
// refuse it. \source fchmod(2), fchownat(2), utimensat(2), xattr(7), open(2) under O_PATH

COMMITPOINT_INLINE result<void> native::set_mode(const handle& node, std::uint32_t mode) {
  return posix::done([&] {
    const int done_by_descriptor = ::fchmod(posix::descriptor(node), mode & 07777U);
    if (done_by_descriptor == 0 || errno != EBADF) return done_by_descriptor;
    return ::chmod(posix::proc_name(posix::descriptor(node)).c_str(), mode & 07777U);
  });
}
COMMITPOINT_INLINE result<void> native::set_owner(const handle& dir, const std::string& name, std::uint32_t user,
                                                  std::uint32_t group) {
  return posix::done(
      [&] { return ::fchownat(posix::descriptor(dir), name.c_str(), user, group, AT_SYMLINK_NOFOLLOW); });
}
COMMITPOINT_INLINE result<void> native::set_modified(const handle& dir, const std::string& name,
                                                     std::int64_t nanoseconds) {
  const timespec times[2] = {{0, UTIME_OMIT}, posix::to_timespec(nanoseconds)};
  return posix::done([&] { return ::utimensat(posix::descriptor(dir), name.c_str(), times, AT_SYMLINK_NOFOLLOW); });
}
COMMITPOINT_INLINE result<attribute_map> native::attributes(const handle& node) {
  return posix::all_attributes(posix::descriptor(node));
}
/// In one call less than by a handle, where /proc can be used.
COMMITPOINT_INLINE result<attribute_map> native::attributes_at(const handle& dir, const std::string& name) {
  char path[PATH_MAX];
  const auto length = std::snprintf(path, sizeof path, "/proc/self/fd/%d/%s", posix::descriptor(dir), name.c_str());
  if (length < 0 || static_cast<std::size_t>(length) >= sizeof path) return door::attributes_at(dir, name);
  auto found = posix::all_attributes_at(path);
  return found ? found : door::attributes_at(dir, name);
}
COMMITPOINT_INLINE result<void> native::set_attribute(const handle& node, const std::string& name,
                                                      const std::string& value) {
  return posix::done([&] { return posix::put_attribute(posix::descriptor(node), name.c_str(), value); });
}
COMMITPOINT_INLINE result<void> native::remove_attribute(const handle& node, const std::string& name) {
  return posix::done([&] { return posix::drop_attribute(posix::descriptor(node), name.c_str()); });
}
/// \source faccessat(2), AT_EACCESS
COMMITPOINT_INLINE result<void> native::check_writable(const handle& dir) {
  return posix::done([&] { return ::faccessat(posix::descriptor(dir), ".", W_OK | X_OK, AT_EACCESS); });
}

// Durability. A failed sync may have dropped what it could not write, so that a second one would wrongly succeed.
// \source fsync(2), fdatasync(2), syncfs(2)

COMMITPOINT_INLINE result<void> native::sync(const handle& node) {
  return posix::done([&] { return ::fsync(posix::descriptor(node)); });
}
COMMITPOINT_INLINE result<void> native::sync_data(const handle& file) {
  return posix::done([&] { return ::fdatasync(posix::descriptor(file)); });
}
/// Writes the dirty pages of a file out without waiting for them. What it cannot do is left to the sync that follows,
/// which also reports whatever fails in it. \source sync_file_range(2), SYNC_FILE_RANGE_WRITE
COMMITPOINT_INLINE void native::start_writeback(const handle& file) {
  (void)::sync_file_range(posix::descriptor(file), 0, 0, SYNC_FILE_RANGE_WRITE);
}
COMMITPOINT_INLINE result<void> native::sync_filesystem(const handle& node) {
  return posix::done([&] { return ::syncfs(posix::descriptor(node)); });
}

// Locks: of the open file description, so a second open of the same file in this process conflicts, and a forked
// child shares the parent's. \source flock(2)

COMMITPOINT_INLINE result<bool> native::lock(const handle& file, lock_mode mode, bool wait) {
  const int operation = (mode == lock_mode::shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);
  auto locked = posix::done([&] { return ::flock(posix::descriptor(file), operation); });
  if (locked) return true;
  if (locked.error() == std::errc::operation_would_block) return false;
  return locked.error();
}
COMMITPOINT_INLINE result<void> native::unlock(const handle& file) {
  return posix::done([&] { return ::flock(posix::descriptor(file), LOCK_UN); });
}
COMMITPOINT_INLINE std::string native::lock_holder(const handle& file) {
  return lock_holders::of(posix::descriptor(file));
}

// Where and who we are.

/// \source fcntl(2), F_SETFD
COMMITPOINT_INLINE result<int> native::inheritable(const handle& node) {
  BOOST_OUTCOME_TRYV(posix::done([&] { return ::fcntl(posix::descriptor(node), F_SETFD, 0); }));
  return posix::descriptor(node);
}
COMMITPOINT_INLINE bool native::ordered_metadata(const handle& node) {
  return settings_.ordered_metadata ? *settings_.ordered_metadata
                                    : linux_identity::has_ordered_metadata(posix::descriptor(node));
}
COMMITPOINT_INLINE bool native::counts_subdirectories(const handle& node) {
  return linux_identity::counts_subdirectories(posix::descriptor(node));
}
COMMITPOINT_INLINE std::string native::cache_identity(const handle& node) {
  return linux_identity::cache_identity(posix::descriptor(node));
}
/// \errors ENOENT when it was removed, or has no path here
/// \source proc_pid_fd(5)
COMMITPOINT_INLINE result<std::string> native::path_of(const handle& node) {
  BOOST_OUTCOME_TRY(const auto found, status(node));
  BOOST_OUTCOME_TRY(auto text, posix::link_target(AT_FDCWD, posix::proc_name(posix::descriptor(node)).c_str()));
  // The kernel marks a removed node in the text itself, where a name may look the same; the link count cannot lie.
  if (found.links == 0 || !text.starts_with('/')) return commitpoint::system_error(ENOENT);
  return text;
}

/// The coarse clock: what was stamped later never has an earlier time. (Since Linux 6.13 a stamp may be up to a tick
/// later than this clock says at the same instant.) \source clock_gettime(2), CLOCK_REALTIME_COARSE
COMMITPOINT_INLINE std::int64_t native::now() {
  timespec t{};
  ::clock_gettime(CLOCK_REALTIME_COARSE, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}
COMMITPOINT_INLINE std::chrono::steady_clock::time_point native::steady_now() {
  return std::chrono::steady_clock::now();
}
COMMITPOINT_INLINE void native::pause(std::chrono::nanoseconds duration) { std::this_thread::sleep_for(duration); }
COMMITPOINT_INLINE std::int64_t native::process() { return ::getpid(); }
COMMITPOINT_INLINE std::uint32_t native::user() { return ::geteuid(); }
COMMITPOINT_INLINE std::string native::user_name(std::uint32_t user) { return linux_identity::user_name(user); }
COMMITPOINT_INLINE std::uint32_t native::umask() { return linux_identity::current_umask(); }
/// \source getrlimit(2)
COMMITPOINT_INLINE std::uint64_t native::most_handles() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return door::most_handles();
  return limit.rlim_cur;
}
/// \source getrandom(2)
COMMITPOINT_INLINE std::uint64_t native::random() {
  std::uint64_t value = 0;
  while (::getrandom(&value, sizeof value, 0) == -1 && errno == EINTR) {}  // 8 bytes are never short
  return value;
}

}  // namespace commitpoint::system
