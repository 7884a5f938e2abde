#pragma once

/// \file
/// A tree with everything in it that is easily lost, and those who ruin it.

#include "support/tree.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <vector>

namespace support {

/// A tree with everything in it that has to come back exactly.
inline void build_rich(const cp::path& root) {
  build(root, {{"t", "/"},
               {"t/secret", "secret"},
               {"t/read-only", "read only"},
               {"t/sparse", ""},
               {"t/linked", "one file"},
               {"t/untouched", "untouched"},
               {"t/empty", ""},
               {"t/empty-dir", "/"},
               {"t/group", "/"},
               {"t/group/file", "grouped"},
               {"t/group/deep", "/"},
               {"t/group/deep/file", "deep"},
               {"t/dangling", ">nowhere"},
               {"t/to-dir", ">group"},
               {"t/to-file", ">group/file"}});
  const auto t = root / "t";
  REQUIRE(::chmod((t / "secret").c_str(), 0600) == 0);
  set_attribute(t / "secret", "user.note", "a note");
  set_attribute(t / "secret", "system.posix_acl_access", acl(6, 4, 0, 0));
  REQUIRE(::chmod((t / "read-only").c_str(), 0444) == 0);
  REQUIRE(::truncate((t / "sparse").c_str(), 256 << 10) == 0);
  const int sparse = ::open((t / "sparse").c_str(), O_WRONLY | O_CLOEXEC);
  REQUIRE(::pwrite(sparse, "data", 4, 128 << 10) == 4);
  REQUIRE(::close(sparse) == 0);
  REQUIRE(::link((t / "linked").c_str(), (t / "group/also-linked").c_str()) == 0);
  REQUIRE(::link((t / "linked").c_str(), (root / "linked-outside").c_str()) == 0);
  REQUIRE(::chmod((t / "group").c_str(), 02750) == 0);
  set_attribute(t / "group", "user.note", "of a directory");
  if (::geteuid() == 0) {
    REQUIRE(::chown((t / "untouched").c_str(), 12, 34) == 0);
    REQUIRE(::lchown((t / "dangling").c_str(), 12, 34) == 0);
    REQUIRE(::chown((t / "secret").c_str(), 12, 34) == 0);
  }
  for (const auto* name : {"t/secret", "t/sparse", "t/linked", "t/group/deep", "t/group", "t/dangling", "t"}) {
    set_old_time(root / name);
  }
}

struct rich_place : place {
  explicit rich_place(const cp::path& base = with_attributes()) : place({}, base) { build_rich(root()); }
};

inline void wipe(const cp::path& where) { fs::remove_all(where); }

// As a careful writer does: aside, then renamed.
inline void replace(const cp::path& where, const std::string& content) {
  auto aside = where;
  aside += ".aside";
  write_file(aside, content);
  REQUIRE(::rename(aside.c_str(), where.c_str()) == 0);
}

/// What may be done to a file by who knows nothing of commitpoint.
struct vandal {
  std::string name;
  std::function<void(const cp::path&)> ruin;
  bool writes_through = false;  ///< so that a hard link to the file is no snapshot of it
};

inline const std::vector<vandal> of_files{
    {"overwrites", [](auto& p) { overwrite(p, "vandalised"); }, true},
    {"writes the same size",
     [](auto& p) {
       const int fd = ::open(p.c_str(), O_WRONLY | O_CLOEXEC);
       REQUIRE(::pwrite(fd, "X", 1, 0) == 1);
       ::close(fd);
     },
     true},
    {"truncates", [](auto& p) { REQUIRE(::truncate(p.c_str(), 2) == 0); }, true},
    {"replaces", [](auto& p) { replace(p, "vandalised"); }},
    {"replaces by the same content", [](auto& p) { replace(p, read_file(p)); }},
    {"removes", [](auto& p) { REQUIRE(::unlink(p.c_str()) == 0); }},
    {"overwrites, then replaces",
     [](auto& p) {
       overwrite(p, "vandalised");
       replace(p, "again");
     },
     true},
    {"makes a directory of it",
     [](auto& p) {
       REQUIRE(::unlink(p.c_str()) == 0);
       REQUIRE(::mkdir(p.c_str(), 0755) == 0);
       write_file(p / "in it", "x");
     }},
    {"makes a link of it",
     [](auto& p) {
       REQUIRE(::unlink(p.c_str()) == 0);
       REQUIRE(::symlink("/etc/passwd", p.c_str()) == 0);
     }},
    {"makes a pipe of it",
     [](auto& p) {
       REQUIRE(::unlink(p.c_str()) == 0);
       REQUIRE(::mkfifo(p.c_str(), 0644) == 0);
     }},
    {"changes its mode", [](auto& p) { REQUIRE(::chmod(p.c_str(), 04711) == 0); }},
    {"changes its attributes",
     [](auto& p) {
       REQUIRE(::chmod(p.c_str(), 0644) == 0);
       set_attribute(p, "user.note", "another");
       set_attribute(p, "user.new", "new");
       set_attribute(p, "system.posix_acl_access", acl(7, 7, 7, 7));
     }},
    {"changes its time",
     [](auto& p) {
       const timespec times[2] = {{0, UTIME_OMIT}, {1, 1}};
       REQUIRE(::utimensat(AT_FDCWD, p.c_str(), times, 0) == 0);
     },
     true},
};

inline const std::vector<std::string> files{"t/secret", "t/read-only", "t/sparse",
                                            "t/linked", "t/empty",     "t/group/file"};

// As a process that may not write what is read-only has to: root may anyway.
inline void make_writable(const cp::path& p) {
  if (::geteuid() != 0 && ::access(p.c_str(), W_OK) != 0) ::chmod(p.c_str(), 0644);
}

}  // namespace support
