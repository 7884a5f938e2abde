#pragma once

/// \file
/// The real operating system: Linux. POSIX headers are included by this folder and by testing/, and nowhere else.

#include <commitpoint/policy.hpp>
#include <commitpoint/system/concept.hpp>
#include <commitpoint/system/handle.hpp>
#include <commitpoint/system/linux_identity.hpp>
#include <commitpoint/system/posix_attributes.hpp>
#include <commitpoint/system/posix_calls.hpp>

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
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

/// The System that is the machine itself. concept.hpp says what each call does; here stands what is Linux about it.
///
/// Nothing follows a symbolic link, every descriptor is close-on-exec, and opening a FIFO or a device neither waits
/// nor takes a terminal (callers look at the type). EINTR is retried everywhere; nothing else is, and a failed sync
/// never.
struct native {
  using kind = commitpoint::kind::system;
  using handle = file_handle;

  bool use_openat2 = true;                          ///< false: as a kernel before 5.6, for tests
  std::optional<bool> ordered_metadata_override{};  ///< instead of what the file system's type says

  // Opening.

  /// \source open(2)
  result<handle> open_root(const std::string& name) const {
    return posix::opened([&] { return ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOCTTY); });
  }
  /// \source openat(2)
  result<handle> open(const handle& dir, const std::string& name, const open_how& how) const {
    return posix::opened([&] { return ::openat(dir.get(), name.c_str(), posix::open_flags(how), how.mode & 07777U); });
  }
  /// \errors ENOSYS where openat2 is missing or forbidden, ELOOP at a symbolic link
  /// \source openat2(2)
  result<handle> open_beneath(const handle& dir, const std::string& path_text, const open_how& how) const;

  // Names. \source mkdirat(2), symlinkat(2), unlinkat(2), renameat2(2), linkat(2), readlinkat(2)

  result<void> make_directory(const handle& dir, const std::string& name, std::uint32_t mode) const {
    return posix::done([&] { return ::mkdirat(dir.get(), name.c_str(), mode & 07777U); });
  }
  result<void> make_symlink(const std::string& target, const handle& dir, const std::string& name) const {
    return posix::done([&] { return ::symlinkat(target.c_str(), dir.get(), name.c_str()); });
  }
  result<std::string> read_symlink(const handle& dir, const std::string& name) const {
    return posix::link_target(dir.get(), name.c_str());
  }
  result<void> remove_file(const handle& dir, const std::string& name) const {
    return posix::done([&] { return ::unlinkat(dir.get(), name.c_str(), 0); });
  }
  result<void> remove_directory(const handle& dir, const std::string& name) const {
    return posix::done([&] { return ::unlinkat(dir.get(), name.c_str(), AT_REMOVEDIR); });
  }
  result<void> rename(const handle& from, const std::string& old_name, const handle& to, const std::string& new_name,
                      rename_how how) const {
    return posix::done([&] {
      return ::renameat2(from.get(), old_name.c_str(), to.get(), new_name.c_str(), posix::rename_flags(how));
    });
  }
  result<void> link(const handle& from, const std::string& old_name, const handle& to,
                    const std::string& new_name) const {
    return posix::done([&] { return ::linkat(from.get(), old_name.c_str(), to.get(), new_name.c_str(), 0); });
  }
  result<std::vector<directory_entry>> list(const handle& dir) const;

  // What stands there. \source statx(2)

  result<file_status> status(const handle& dir, const std::string& name) const {
    auto found = posix::status_of(dir.get(), name.c_str(), AT_SYMLINK_NOFOLLOW);
    if (!found && found.error() == std::errc::no_such_file_or_directory) return file_status{};
    return found;
  }
  result<file_status> status(const handle& node) const { return posix::status_of(node.get(), "", AT_EMPTY_PATH); }

  // Content. \source pread(2), pwrite(2), ioctl_ficlone(2), copy_file_range(2), ftruncate(2), lseek(2)

  result<std::size_t> read(const handle& file, std::uint64_t offset, std::span<char> buffer) const {
    return posix::moved([&] { return ::pread(file.get(), buffer.data(), buffer.size(), static_cast<off_t>(offset)); });
  }
  result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) const {
    return posix::moved([&] { return ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)); });
  }
  result<void> clone(const handle& from, const handle& to) const {
    auto cloned = posix::done([&] { return ::ioctl(to.get(), posix::clone_request, from.get()); });
    // Who has never heard of the request says so in another way.
    if (!cloned && cloned.error() == std::errc::inappropriate_io_control_operation) {
      return commitpoint::system_error(EOPNOTSUPP);
    }
    return cloned;
  }
  result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                 std::uint64_t to_offset, std::size_t length) const {
    return posix::moved([&] {
      auto read_at = static_cast<off_t>(from_offset);
      auto write_at = static_cast<off_t>(to_offset);
      return ::copy_file_range(from.get(), &read_at, to.get(), &write_at, length, 0);
    });
  }
  result<void> truncate(const handle& file, std::uint64_t size) const {
    return posix::done([&] { return ::ftruncate(file.get(), static_cast<off_t>(size)); });
  }
  result<std::optional<extent>> next_data(const handle& file, std::uint64_t offset) const;

  // Metadata. A handle that was opened with `path` access is reached through /proc, since the descriptor-based calls
  // refuse it. \source fchmod(2), fchownat(2), utimensat(2), xattr(7), open(2) under O_PATH

  result<void> set_mode(const handle& node, std::uint32_t mode) const {
    return posix::done([&] {
      const int done_by_descriptor = ::fchmod(node.get(), mode & 07777U);
      if (done_by_descriptor == 0 || errno != EBADF) return done_by_descriptor;
      return ::chmod(posix::proc_name(node.get()).c_str(), mode & 07777U);
    });
  }
  result<void> set_owner(const handle& dir, const std::string& name, std::uint32_t user, std::uint32_t group) const {
    return posix::done([&] { return ::fchownat(dir.get(), name.c_str(), user, group, AT_SYMLINK_NOFOLLOW); });
  }
  result<void> set_modified(const handle& dir, const std::string& name, std::int64_t nanoseconds) const {
    const timespec times[2] = {{0, UTIME_OMIT}, posix::to_timespec(nanoseconds)};
    return posix::done([&] { return ::utimensat(dir.get(), name.c_str(), times, AT_SYMLINK_NOFOLLOW); });
  }
  result<attribute_map> attributes(const handle& node) const { return posix::all_attributes(node.get()); }
  result<void> set_attribute(const handle& node, const std::string& name, const std::string& value) const {
    return posix::done([&] { return posix::put_attribute(node.get(), name.c_str(), value); });
  }
  result<void> remove_attribute(const handle& node, const std::string& name) const {
    return posix::done([&] { return posix::drop_attribute(node.get(), name.c_str()); });
  }

  // Durability. A failed sync may have dropped what it could not write, so that a second one would wrongly succeed.
  // \source fsync(2), fdatasync(2), syncfs(2)

  result<void> sync(const handle& node) const {
    return posix::done([&] { return ::fsync(node.get()); });
  }
  result<void> sync_data(const handle& file) const {
    return posix::done([&] { return ::fdatasync(file.get()); });
  }
  /// \source faccessat(2), AT_EACCESS
  result<void> check_writable(const handle& dir) const {
    return posix::done([&] { return ::faccessat(dir.get(), ".", W_OK | X_OK, AT_EACCESS); });
  }
  /// Writes the dirty pages of a file out without waiting for them. What it cannot do is left to the sync that follows,
  /// which also reports whatever fails in it. \source sync_file_range(2), SYNC_FILE_RANGE_WRITE
  void start_writeback(const handle& file) const { (void)::sync_file_range(file.get(), 0, 0, SYNC_FILE_RANGE_WRITE); }
  result<void> sync_filesystem(const handle& node) const {
    return posix::done([&] { return ::syncfs(node.get()); });
  }

  // Locks: of the open file description, so a second open of the same file in this process conflicts, and a forked
  // child shares the parent's. \source flock(2)

  result<bool> lock(const handle& file, lock_mode mode, bool wait) const {
    const int operation = (mode == lock_mode::shared ? LOCK_SH : LOCK_EX) | (wait ? 0 : LOCK_NB);
    auto locked = posix::done([&] { return ::flock(file.get(), operation); });
    if (locked) return true;
    if (locked.error() == std::errc::operation_would_block) return false;
    return locked.error();
  }
  result<void> unlock(const handle& file) const {
    return posix::done([&] { return ::flock(file.get(), LOCK_UN); });
  }

  // Where and who we are.

  /// \source fcntl(2), F_SETFD
  result<int> inheritable(const handle& node) const {
    BOOST_OUTCOME_TRYV(posix::done([&] { return ::fcntl(node.get(), F_SETFD, 0); }));
    return node.get();
  }
  bool ordered_metadata(const handle& node) const {
    return ordered_metadata_override ? *ordered_metadata_override : linux_identity::has_ordered_metadata(node.get());
  }
  std::string cache_identity(const handle& node) const { return linux_identity::cache_identity(node.get()); }
  /// \errors ENOENT when it was removed, or has no path here
  /// \source proc_pid_fd(5)
  result<std::string> path_of(const handle& node) const;

  /// The coarse clock: what was stamped later never has an earlier time. (Since Linux 6.13 a stamp may be up to a tick
  /// later than this clock says at the same instant.) \source clock_gettime(2), CLOCK_REALTIME_COARSE
  std::int64_t now() const {
    timespec t{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
  }
  std::chrono::steady_clock::time_point steady_now() const { return std::chrono::steady_clock::now(); }
  void pause(std::chrono::nanoseconds duration) const { std::this_thread::sleep_for(duration); }
  std::int64_t process() const { return ::getpid(); }
  std::uint32_t umask() const { return linux_identity::current_umask(); }
  /// \source getrandom(2)
  std::uint64_t random() const {
    std::uint64_t value = 0;
    while (::getrandom(&value, sizeof value, 0) == -1 && errno == EINTR) {}  // 8 bytes are never short
    return value;
  }
};

inline result<file_handle> native::open_beneath(const handle& dir, const std::string& path_text,
                                                const open_how& how) const {
  if (!use_openat2) return commitpoint::system_error(ENOSYS);
  ::open_how kernel_how{};
  kernel_how.flags = static_cast<std::uint64_t>(posix::open_flags(how));
  if (how.create || how.create_exclusive) kernel_how.mode = how.mode & 07777U;  // must be 0 otherwise
  kernel_how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  // EAGAIN says that the kernel could not rule a race out. A rename storm may repeat it, but not for ever.
  for (int tries_left = 64;; --tries_left) {
    auto fd = posix::opened([&] {
      return static_cast<int>(::syscall(SYS_openat2, dir.get(), path_text.c_str(), &kernel_how, sizeof kernel_how));
    });
    if (fd) return fd;
    // Some containers forbid what they do not know with EPERM. A real one is met again by the walk that follows.
    if (fd.error() == std::errc::operation_not_permitted) return commitpoint::system_error(ENOSYS);
    if (tries_left == 0 || fd.error() != std::errc::resource_unavailable_try_again) return fd;
  }
}

inline result<std::vector<directory_entry>> native::list(const handle& dir) const {
  // A new description, since reading moves the position, which the caller's handle shares with its duplicates.
  BOOST_OUTCOME_TRY(auto own, open(dir, ".", {.directory = true}));
  const std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(own.get()), &::closedir);
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

inline result<std::optional<extent>> native::next_data(const handle& file, std::uint64_t offset) const {
  auto seek = [&](std::uint64_t from, int whence) {
    return posix::moved([&] { return ::lseek(file.get(), static_cast<off_t>(from), whence); });
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

inline result<std::string> native::path_of(const handle& node) const {
  BOOST_OUTCOME_TRY(const auto found, status(node));
  BOOST_OUTCOME_TRY(auto text, posix::link_target(AT_FDCWD, posix::proc_name(node.get()).c_str()));
  // The kernel marks a removed node in the text itself, where a name may look the same; the link count cannot lie.
  if (found.links == 0 || !text.starts_with('/')) return commitpoint::system_error(ENOENT);
  return text;
}

static_assert(System<native>);

}  // namespace commitpoint::system
