#pragma once

/// \file
/// Small trees as values, so that a case reads "this tree, that body, then this tree".

#include <commitpoint/coordinator.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/testing/temporary_directory.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <boost/filesystem/operations.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace support {

namespace cp = commitpoint;
namespace fs = boost::filesystem;

/// A tree by its names: "/" is a directory, "|" a FIFO, ">target" a symbolic link, and all else a file's content.
using tree = std::map<std::string, std::string>;

inline const std::string state_directory = ".commitpoint";

inline void write_file(const cp::path& where, std::string_view content) {
  std::ofstream file(where.c_str(), std::ios::binary | std::ios::trunc);
  file << content;
  REQUIRE(file.flush().good());
}

[[nodiscard]] inline std::string read_file(const cp::path& where) {
  std::ifstream file(where.c_str(), std::ios::binary);
  REQUIRE(file.good());
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Writes into the file itself: same inode, nothing but its content and times changes.
inline void overwrite(const cp::path& where, std::string_view content) {
  const int fd = ::open(where.c_str(), O_WRONLY | O_TRUNC | O_CLOEXEC);
  REQUIRE(fd >= 0);
  REQUIRE(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
  REQUIRE(::close(fd) == 0);
}

[[nodiscard]] inline struct stat status(const cp::path& where) {
  struct stat x {};
  REQUIRE_MESSAGE(::lstat(where.c_str(), &x) == 0, where.native());
  return x;
}
[[nodiscard]] inline unsigned mode(const cp::path& where) { return support::status(where).st_mode & 07777U; }

[[nodiscard]] inline bool is_there(const cp::path& where) {
  struct stat x {};
  return ::lstat(where.c_str(), &x) == 0;
}

inline void set_attribute(const cp::path& where, const std::string& name, std::string_view value) {
  REQUIRE_MESSAGE(::setxattr(where.c_str(), name.c_str(), value.data(), value.size(), 0) == 0, name);
}

/// The value of a `system.posix_acl_access` or `..._default` attribute that names the user 7 beside the usual three.
/// \source acl(5); linux/posix_acl_xattr.h
[[nodiscard]] inline std::string acl(unsigned owner, unsigned user_7, unsigned group, unsigned others) {
  std::string bytes("\x02\0\0\0", 4);
  const auto add = [&](unsigned tag, unsigned permissions, std::uint32_t id) {
    for (const unsigned part : {tag, permissions}) {
      bytes += static_cast<char>(part & 0xffU);
      bytes += static_cast<char>(part >> 8U);
    }
    for (unsigned shift = 0; shift < 32; shift += 8) bytes += static_cast<char>((id >> shift) & 0xffU);
  };
  constexpr std::uint32_t nobody_special = 0xffffffffU;
  add(0x01, owner, nobody_special);
  add(0x02, user_7, 7);
  add(0x04, group, nobody_special);
  add(0x10, user_7 | group, nobody_special);
  add(0x20, others, nobody_special);
  return bytes;
}

/// Sets a modification time that no test reaches by accident, nanoseconds included.
inline void set_old_time(const cp::path& where) {
  const timespec times[2] = {{0, UTIME_OMIT}, {1'234'567'890, 123'456'789}};
  REQUIRE(::utimensat(AT_FDCWD, where.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
}

inline void build(const cp::path& root, const tree& wanted) {
  for (const auto& [name, what] : wanted) {
    const auto where = root / name;
    if (what == "/") {
      REQUIRE(::mkdir(where.c_str(), 0755) == 0);
    } else if (what == "|") {
      REQUIRE(::mkfifo(where.c_str(), 0644) == 0);
    } else if (what.starts_with('>')) {
      REQUIRE(::symlink(what.c_str() + 1, where.c_str()) == 0);
    } else {
      write_file(where, what);
    }
  }
  for (const auto& [name, what] : wanted) set_old_time(root / name);
}

/// What stands below a directory, commitpoint's own files left out.
[[nodiscard]] inline tree shape(const cp::path& root) {
  tree found;
  const auto image = cp::testing::read_tree(root, {.ignored = {state_directory}}).value();
  for (const auto& [name, entry] : image.entries) {
    if (name == ".") continue;
    found[name] = S_ISDIR(entry.mode)    ? "/"
                  : S_ISFIFO(entry.mode) ? "|"
                  : S_ISLNK(entry.mode)  ? ">" + entry.target
                                         : entry.content;
  }
  return found;
}

/// One line a name, for messages.
[[nodiscard]] inline std::string text_of(const tree& t) {
  std::string text;
  for (const auto& [name, what] : t) text += name + " = " + what + "\n";
  return text;
}

/// Everything that a rollback has to bring back, commitpoint's own files left out.
[[nodiscard]] inline cp::testing::tree_image image(const cp::path& root, cp::testing::tree_options options = {}) {
  options.ignored.push_back(state_directory);
  return cp::testing::read_tree(root, options).value();
}

/// Names in the state directory that a settled tree does not have: staging, kept, quarantine, blocked.
[[nodiscard]] inline std::vector<std::string> leftovers(const cp::path& root) {
  std::vector<std::string> found;
  const auto state = root / state_directory;
  for (const auto& entry : fs::directory_iterator(state)) {
    const auto name = entry.path().filename().native();
    const bool expected = name == "format" || name == "lock" || name == "lock.turnstile" || name == "staging" ||
                          name == "journal.0" || name == "journal.1" || name == "journal.kind";
    if (!expected) found.push_back(name);
  }
  for (const auto& entry : fs::directory_iterator(state / "staging")) {
    found.push_back("staging/" + entry.path().filename().native());
  }
  return found;
}

[[nodiscard]] inline bool is_empty(const cp::path& directory) { return fs::is_empty(directory); }

/// Where a sync costs nothing, if there is such a place.
[[nodiscard]] inline cp::path in_memory() {
  return ::access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : fs::temp_directory_path();
}
/// Where file systems usually are; for what one in memory may not have, such as attributes of users.
[[nodiscard]] inline cp::path on_disk() { return fs::temp_directory_path(); }

/// In memory, if files there can have attributes as elsewhere.
[[nodiscard]] inline cp::path with_attributes() {
  static const bool has_them = [] {
    const cp::testing::temporary_directory probe(in_memory());
    return ::setxattr(probe.path().c_str(), "user.probe", "x", 1, 0) == 0;
  }();
  return has_them ? in_memory() : on_disk();
}

/// A root with a tree in it, and room outside of it.
class place {
 public:
  explicit place(const tree& wanted = {}, const cp::path& base = in_memory()) : directory_(base) {
    REQUIRE(::mkdir(root().c_str(), 0755) == 0);
    REQUIRE(::chmod(root().c_str(), 0755) == 0);
    build(root(), wanted);
  }

  [[nodiscard]] cp::path root() const { return directory_ / "root"; }
  [[nodiscard]] cp::path outside() const { return directory_.path(); }
  [[nodiscard]] cp::path operator/(const std::string& name) const { return root() / name; }

 private:
  cp::testing::temporary_directory directory_;
};

/// Waits until a ctime is old enough to tell that nothing was written since.
inline void let_changes_settle() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(2 * cp::files::clock_tick);
  while (std::chrono::steady_clock::now() < end) {}
}

/// Waits until the clock that file systems stamp with has moved on, so that what was made before is older than what
/// comes.
inline void let_the_clock_tick() {
  const auto now = [] {
    timespec t{};
    ::clock_gettime(CLOCK_REALTIME_COARSE, &t);
    return std::pair(t.tv_sec, t.tv_nsec);
  };
  // Twice, because a stamp may be up to a tick later than this clock.
  for (int i = 0; i < 2; ++i) {
    for (const auto before = now(); now() == before;) {}
  }
}

}  // namespace support
