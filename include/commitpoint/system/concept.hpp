#pragma once

/// \file
/// The one door to the operating system. Everything that touches a file, a lock, a clock or a process goes through a
/// `System`, so that a test can count the calls, make one fail, end the process there, or put a simulated file system
/// behind them.
///
/// All calls work on handles and single names (`open_beneath` apart, which is one call in the kernel), so nothing is
/// resolved twice and nothing follows a symbolic link: containment is the business of detail/beneath.hpp, and it can
/// be, because no call here could escape by itself.

#include <commitpoint/result.hpp>

#include <array>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::system {

/// What stands at a name.
enum class node_type : std::uint8_t { none, regular, directory, symlink, other };

/// What the file system says of one node. Times are nanoseconds since the epoch.
struct file_status {
  node_type type = node_type::none;
  std::uint32_t mode = 0;  ///< permission bits, with set-id and sticky (07777)
  std::uint32_t user = 0;
  std::uint32_t group = 0;
  std::uint64_t size = 0;    ///< bytes; for a symbolic link the length of its target
  std::uint64_t blocks = 0;  ///< 512-byte blocks that are allocated
  std::uint64_t links = 0;
  std::uint64_t inode = 0;
  std::uint64_t device = 0;
  std::uint64_t mount = 0;  ///< the mount it was reached through; 0 where the kernel does not say
  std::int64_t modified = 0;
  std::int64_t changed = 0;
  std::optional<std::int64_t> born;  ///< empty where the file system keeps none
  bool is_fixed = false;  ///< immutable or append-only (chattr): it cannot be renamed, replaced, removed or written to
};

/// How a node is opened. Never through a symbolic link at the last component; always close-on-exec.
struct open_how {
  enum class access_mode : std::uint8_t {
    path,        ///< no access to the content; the only way to hold a symbolic link (O_PATH)
    read,        ///< an existing file or directory
    write,       ///< an existing file
    read_write,  ///< an existing file
  };
  access_mode access = access_mode::read;
  bool directory = false;         ///< fail with ENOTDIR unless it is a directory
  bool create_exclusive = false;  ///< create a regular file; fail with EEXIST if anything is there
  bool create = false;            ///< create a regular file unless one is there
  std::uint32_t mode = 0666;      ///< for a created file, less the umask
};

/// What a rename does with something that already has the new name.
enum class rename_how : std::uint8_t { replace, keep, exchange };

enum class lock_mode : std::uint8_t { shared, exclusive };

/// Where data is in a file with holes: `[begin, end)`.
struct extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// One name in a directory. The type is `other` where the directory does not say and the caller has to ask.
struct directory_entry {
  std::string name;
  node_type type = node_type::other;
};

/// Extended attributes, ACLs among them (`system.posix_acl_access`), by name.
using attribute_map = std::map<std::string, std::string>;

/// The calls, for those who count them or make one fail.
enum class call : std::uint8_t {
  open_root,
  open,
  open_beneath,
  make_directory,
  make_symlink,
  read_symlink,
  remove_file,
  remove_directory,
  rename,
  link,
  status,
  read,
  write,
  clone,
  copy_range,
  truncate,
  next_data,
  list,
  set_mode,
  set_owner,
  set_modified,
  attributes,
  set_attribute,
  remove_attribute,
  sync,
  sync_data,
  sync_filesystem,
  lock,
  unlock,
  check_writable,
};

/// The names of the calls, by value.
inline constexpr std::array<std::string_view, 30> call_names{
    "open_root",    "open",          "open_beneath",    "make_directory",
    "make_symlink", "read_symlink",  "remove_file",     "remove_directory",
    "rename",       "link",          "status",          "read",
    "write",        "clone",         "copy_range",      "truncate",
    "next_data",    "list",          "set_mode",        "set_owner",
    "set_modified", "attributes",    "set_attribute",   "remove_attribute",
    "sync",         "sync_data",     "sync_filesystem", "lock",
    "unlock",       "check_writable"};

[[nodiscard]] constexpr std::string_view to_string(call c) noexcept { return call_names[static_cast<std::size_t>(c)]; }

/// Whether a call can change anything that outlives the process.
[[nodiscard]] constexpr bool changes_something(call c) noexcept {
  switch (c) {
    case call::open_root:
    case call::read_symlink:
    case call::status:
    case call::read:
    case call::next_data:
    case call::list:
    case call::attributes:
    case call::lock:
    case call::unlock:
    case call::check_writable: return false;
    default: return true;  // open may create
  }
}

/// A door to one operating system. All members may be called from several threads at once. A handle closes itself,
/// is movable and not copyable, and is false in a condition when it holds nothing. Failures carry the system's code
/// and nothing else: those above add the paths. EINTR is never seen by the caller.
///
/// | call | what it does, beyond its name |
/// | --- | --- |
/// | `open_root(path)` | opens a directory by any path, through symbolic links; the only call that takes one |
/// | `open(dir, name, how)` | one component, or `.` for the directory itself |
/// | `open_beneath(dir, path, how)` | several components, no symbolic link in any; ENOSYS where the kernel cannot |
/// | `status(dir, name)`, `status(handle)` | a missing name is a success with type `none` |
/// | `read`, `write` at an offset | give how many bytes were moved; may be short |
/// | `clone(from, to)` | gives the empty file `to` the content of `from`, sharing its blocks; EOPNOTSUPP where no file can, EXDEV between file systems, EINVAL for a file that cannot |
/// | `copy_range(from, from_offset, to, to_offset, length)` | gives how many bytes were copied without coming by here; may be short; EXDEV, EINVAL, EOPNOTSUPP, ENOSYS or none at all where they have to be read and written |
/// | `next_data(handle, offset)` | the next extent that holds data, or nothing; all of the file where not known |
/// | `list(handle)` | every name but `.` and `..`, from the beginning |
/// | `set_owner`, `set_modified` | by directory and name, so that they work on a symbolic link itself |
/// | `start_writeback(file)` | asks the disk to begin with what was written; makes nothing durable and never fails |
/// | `check_writable(dir)` | whether names in it may be made and taken away: EACCES, EROFS ... if not |
/// | `lock(handle, mode, wait)` | false when it would have to wait and `wait` is false |
/// | `ordered_metadata(handle)` | whether renames reach this file system's disk in order; false when unknown |
/// | `cache_identity(handle)` | the same text as long as no power cut can have come between; empty when unknown |
/// | `inheritable(handle)` | the descriptor, not close-on-exec from now on; `errc::unsupported` where there is none |
/// | `path_of(handle)` | the absolute path, for tools that know no handles |
/// | `now()` | the clock that the file system stamps times with, ns since the epoch |
template <class S>
concept System = std::movable<typename S::handle> &&
    requires(S& s, typename S::handle& h, const typename S::handle& dir, const std::string& name, const open_how& how,
             std::span<char> buffer, std::span<const char> bytes, std::chrono::nanoseconds pause) {
  {static_cast<bool>(h)};
  { s.open_root(name) } -> std::same_as<result<typename S::handle>>;
  { s.open(dir, name, how) } -> std::same_as<result<typename S::handle>>;
  { s.open_beneath(dir, name, how) } -> std::same_as<result<typename S::handle>>;
  { s.make_directory(dir, name, std::uint32_t{}) } -> std::same_as<result<void>>;
  { s.make_symlink(name, dir, name) } -> std::same_as<result<void>>;
  { s.read_symlink(dir, name) } -> std::same_as<result<std::string>>;
  { s.remove_file(dir, name) } -> std::same_as<result<void>>;
  { s.remove_directory(dir, name) } -> std::same_as<result<void>>;
  { s.rename(dir, name, dir, name, rename_how{}) } -> std::same_as<result<void>>;
  { s.link(dir, name, dir, name) } -> std::same_as<result<void>>;
  { s.status(dir, name) } -> std::same_as<result<file_status>>;
  { s.status(dir) } -> std::same_as<result<file_status>>;
  { s.read(dir, std::uint64_t{}, buffer) } -> std::same_as<result<std::size_t>>;
  { s.write(dir, std::uint64_t{}, bytes) } -> std::same_as<result<std::size_t>>;
  { s.clone(dir, dir) } -> std::same_as<result<void>>;
  { s.copy_range(dir, std::uint64_t{}, dir, std::uint64_t{}, std::size_t{}) } -> std::same_as<result<std::size_t>>;
  { s.truncate(dir, std::uint64_t{}) } -> std::same_as<result<void>>;
  { s.next_data(dir, std::uint64_t{}) } -> std::same_as<result<std::optional<extent>>>;
  { s.list(dir) } -> std::same_as<result<std::vector<directory_entry>>>;
  { s.set_mode(dir, std::uint32_t{}) } -> std::same_as<result<void>>;
  { s.set_owner(dir, name, std::uint32_t{}, std::uint32_t{}) } -> std::same_as<result<void>>;
  { s.set_modified(dir, name, std::int64_t{}) } -> std::same_as<result<void>>;
  { s.attributes(dir) } -> std::same_as<result<attribute_map>>;
  { s.set_attribute(dir, name, name) } -> std::same_as<result<void>>;
  { s.remove_attribute(dir, name) } -> std::same_as<result<void>>;
  { s.sync(dir) } -> std::same_as<result<void>>;
  { s.sync_data(dir) } -> std::same_as<result<void>>;
  { s.sync_filesystem(dir) } -> std::same_as<result<void>>;
  { s.start_writeback(dir) } -> std::same_as<void>;
  { s.check_writable(dir) } -> std::same_as<result<void>>;
  { s.lock(dir, lock_mode{}, bool{}) } -> std::same_as<result<bool>>;
  { s.unlock(dir) } -> std::same_as<result<void>>;
  { s.ordered_metadata(dir) } -> std::same_as<bool>;
  { s.cache_identity(dir) } -> std::same_as<std::string>;
  { s.inheritable(dir) } -> std::same_as<result<int>>;
  { s.path_of(dir) } -> std::same_as<result<std::string>>;
  { s.now() } -> std::same_as<std::int64_t>;
  { s.steady_now() } -> std::same_as<std::chrono::steady_clock::time_point>;
  { s.pause(pause) } -> std::same_as<void>;
  { s.process() } -> std::same_as<std::int64_t>;
  { s.umask() } -> std::same_as<std::uint32_t>;
  { s.random() } -> std::same_as<std::uint64_t>;
};

}  // namespace commitpoint::system
