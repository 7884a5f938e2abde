#pragma once

/// \file
/// The one door to the operating system. Everything that touches a file, a lock, a clock or a process goes through a
/// `door`, so that a test can count the calls, make one fail, end the process there, or put a simulated file system
/// behind them.
///
/// All calls work on handles and single names (`open_beneath` apart, which is one call in the kernel). So nothing is
/// resolved twice, and nothing follows a symbolic link. files/beneath.hpp contains paths in the root; it can, because
/// no call here could escape by itself.

#include <commitpoint/policy.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/handle.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
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

/// A door to one operating system. A system policy derives from it, and can be copied; copies are the same system. All
/// members may be called from several threads at once. Failures carry the system's code and nothing else: those above
/// add the paths. EINTR is never seen by the caller. A handle of one door is used with that door, or with one that
/// forwards to it (forwarding_door.hpp).
class door {
 public:
  using kind = commitpoint::kind::system;
  using handle = system::handle;

  virtual ~door() = default;

  // ---- Opening.

  /// Opens a directory by any path, through symbolic links; the only call that takes one.
  virtual result<handle> open_root(const std::string& path) = 0;
  /// Opens one component, or `.` for the directory itself.
  virtual result<handle> open(const handle& directory, const std::string& name, const open_how& how) = 0;
  /// Opens several components, no symbolic link in any. \errors ENOSYS where the kernel cannot
  virtual result<handle> open_beneath(const handle& directory, const std::string& path, const open_how& how) = 0;

  // ---- Names.

  virtual result<void> make_directory(const handle& directory, const std::string& name, std::uint32_t mode) = 0;
  virtual result<void> make_symlink(const std::string& target, const handle& directory, const std::string& name) = 0;
  virtual result<std::string> read_symlink(const handle& directory, const std::string& name) = 0;
  virtual result<void> remove_file(const handle& directory, const std::string& name) = 0;
  virtual result<void> remove_directory(const handle& directory, const std::string& name) = 0;
  virtual result<void> rename(const handle& from, const std::string& old_name, const handle& to,
                              const std::string& new_name, rename_how how) = 0;
  virtual result<void> link(const handle& from, const std::string& old_name, const handle& to,
                            const std::string& new_name) = 0;
  /// Every name but `.` and `..`, from the beginning.
  virtual result<std::vector<directory_entry>> list(const handle& directory) = 0;

  // ---- What stands there.

  /// A missing name is a success with type `none`.
  virtual result<file_status> status(const handle& directory, const std::string& name) = 0;
  virtual result<file_status> status(const handle& node) = 0;

  // ---- Content.

  /// Give how many bytes were moved; may be short.
  virtual result<std::size_t> read(const handle& file, std::uint64_t offset, std::span<char> buffer) = 0;
  virtual result<std::size_t> write(const handle& file, std::uint64_t offset, std::span<const char> bytes) = 0;
  /// Gives the empty file `to` the content of `from`, sharing its blocks.
  /// \errors EOPNOTSUPP where no file can; EXDEV between file systems; EINVAL for a file that cannot
  virtual result<void> clone(const handle& from, const handle& to) = 0;
  /// Gives how many bytes were copied without coming by here; may be short.
  /// \errors EXDEV, EINVAL, EOPNOTSUPP, ENOSYS, or none at all were copied, where they have to be read and written
  virtual result<std::size_t> copy_range(const handle& from, std::uint64_t from_offset, const handle& to,
                                         std::uint64_t to_offset, std::size_t length) = 0;
  virtual result<void> truncate(const handle& file, std::uint64_t size) = 0;
  /// The next extent that holds data, or nothing; all of the file where that is not known.
  virtual result<std::optional<extent>> next_data(const handle& file, std::uint64_t offset) = 0;

  // ---- Metadata. Owner and time by directory and name, so that they work on a symbolic link itself.

  virtual result<void> set_mode(const handle& node, std::uint32_t mode) = 0;
  virtual result<void> set_owner(const handle& directory, const std::string& name, std::uint32_t user,
                                 std::uint32_t group) = 0;
  virtual result<void> set_modified(const handle& directory, const std::string& name, std::int64_t nanoseconds) = 0;
  virtual result<attribute_map> attributes(const handle& node) = 0;
  /// Those of what stands at a name, a symbolic link itself.
  virtual result<attribute_map> attributes_at(const handle& directory, const std::string& name) {
    BOOST_OUTCOME_TRY(const auto held, open(directory, name, {.access = open_how::access_mode::path}));
    return attributes(held);
  }
  virtual result<void> set_attribute(const handle& node, const std::string& name, const std::string& value) = 0;
  virtual result<void> remove_attribute(const handle& node, const std::string& name) = 0;
  /// Whether names in it may be made and taken away. \errors EACCES, EROFS ... if not
  virtual result<void> check_writable(const handle& directory) = 0;

  // ---- Durability.

  virtual result<void> sync(const handle& node) = 0;
  virtual result<void> sync_data(const handle& file) = 0;
  virtual result<void> sync_filesystem(const handle& node) = 0;
  /// Asks the disk to begin with what was written; makes nothing durable and never fails.
  virtual void start_writeback(const handle& file) = 0;
  /// Told by a door that lets a sync fail (`faulty`): what it was to make durable may be lost, and counts as clean.
  virtual void lose_unsynced(const handle& /*node*/) {}
  virtual void lose_unsynced_filesystem(const handle& /*node*/) {}
  /// Whether renames reach this file system's disk in order; false when unknown.
  virtual bool ordered_metadata(const handle& node) = 0;
  /// Whether a directory's status counts, in `links`, the directories in it and two more; false when unknown.
  virtual bool counts_subdirectories(const handle& /*node*/) { return false; }
  /// The same text as long as no power cut can have come between; empty when unknown.
  virtual std::string cache_identity(const handle& node) = 0;

  // ---- Locks, of the open file description.

  /// False when it would have to wait and `wait` is false.
  virtual result<bool> lock(const handle& file, lock_mode mode, bool wait) = 0;
  virtual result<void> unlock(const handle& file) = 0;
  /// Who holds a lock on a file, for people; empty where that cannot be found out.
  virtual std::string lock_holder(const handle& /*file*/) { return {}; }

  // ---- Where and who we are.

  /// The descriptor, not close-on-exec from now on. \errors errc::unsupported where there is none
  virtual result<int> inheritable(const handle& node) = 0;
  /// The absolute path, for tools that know no handles.
  virtual result<std::string> path_of(const handle& node) = 0;
  /// The vfs by which SQLite is to reach files through this door; null: SQLite's own (sqlite/vfs.hpp has one).
  [[nodiscard]] virtual const char* database_vfs() const noexcept { return nullptr; }
  /// The clock that the file system stamps times with, ns since the epoch.
  virtual std::int64_t now() = 0;
  virtual std::chrono::steady_clock::time_point steady_now() = 0;
  virtual void pause(std::chrono::nanoseconds duration) = 0;
  virtual std::int64_t process() = 0;
  /// The user with whose rights the calls are made.
  virtual std::uint32_t user() = 0;
  /// What people call a user; empty where nobody knows.
  virtual std::string user_name(std::uint32_t /*user*/) { return {}; }
  virtual std::uint32_t umask() = 0;
  /// How many handles this process may have at a time, for those who would like many (RLIMIT_NOFILE).
  virtual std::uint64_t most_handles() { return std::numeric_limits<std::uint64_t>::max(); }
  virtual std::uint64_t random() = 0;

 protected:
  door() = default;
  door(const door&) = default;
  door& operator=(const door&) = default;
};

}  // namespace commitpoint::system
