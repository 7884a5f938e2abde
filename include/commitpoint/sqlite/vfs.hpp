#pragma once

/// \file
/// SQLite through the same door as everything else: a `sqlite3_vfs` over any door, so that what a database writes is
/// counted, fails and survives power cuts like the rest. Needs SQLite3; link `commitpoint::sqlite`.
///
///     cp::system::sqlite_vfs vfs(std::make_shared<cp::system::simulated>(machine));
///     sqlite3_open_v2("/tree/registry.db", &db, SQLITE_OPEN_READWRITE, vfs.name());
///
/// `journal::sqlite` and `touch::sqlite` ask a door for the name by `door::database_vfs`.

#include <commitpoint/result.hpp>
#include <commitpoint/system/door.hpp>

#include <sqlite3.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::system {

namespace vfs_detail {

inline constexpr int shared_locks = 8;  // SQLITE_SHM_NLOCK

/// What all connections to one file share: its locks, and the memory beside its write-ahead log. Neither outlives the
/// process; SQLite makes the memory anew from the log.
struct shared_file {
  int readers = 0;
  const void* reserved = nullptr;  // who is about to write, or writes
  bool pending = false;            // no new readers
  bool exclusive = false;
  std::vector<std::unique_ptr<char[]>> regions;
  std::array<int, shared_locks> shared{};
  std::array<const void*, shared_locks> alone{};
};

}  // namespace vfs_detail

/// Registers itself under a name of its own, and is forgotten when it goes; no connection may outlive it. Locks are
/// those of one process: two objects over one door do not see each other's.
///
/// As SQLite's own for Linux, a new journal or write-ahead log has its directory synced with its first sync, and the
/// database file has not. Temporary files without a name are left to SQLite's default, since nothing of them has to
/// survive.
class sqlite_vfs {
 public:
  explicit sqlite_vfs(std::shared_ptr<door> over);
  sqlite_vfs(const sqlite_vfs&) = delete;
  sqlite_vfs& operator=(const sqlite_vfs&) = delete;
  ~sqlite_vfs() { sqlite3_vfs_unregister(&vfs_); }

  /// For `sqlite3_open_v2`.
  [[nodiscard]] const char* name() const noexcept { return name_.c_str(); }

 private:
  using handle = system::handle;
  using shared_file = vfs_detail::shared_file;
  using access = open_how::access_mode;

  struct file {
    sqlite3_file base = {};  // first: SQLite knows no more of it
    sqlite_vfs* vfs = nullptr;
    handle opened;
    handle directory;  // to be synced with the first sync
    std::shared_ptr<shared_file> shared;
    std::string delete_on_close;
    int level = 0;
    unsigned shared_mask = 0;
    unsigned alone_mask = 0;
  };

  static sqlite_vfs& self(sqlite3_vfs* v) { return *static_cast<sqlite_vfs*>(v->pAppData); }
  static file& of(sqlite3_file* f) { return *reinterpret_cast<file*>(f); }

  [[nodiscard]] static int code_of(const failure& f, int otherwise);
  [[nodiscard]] static std::pair<std::string, std::string> split(std::string_view path);

  // Julian days, as SQLite counts.
  [[nodiscard]] sqlite3_int64 milliseconds() { return system_.now() / 1'000'000 + 210'866'760'000'000; }
  int fill(int size, char* out);
  int open(const char* path, sqlite3_file* into, int flags, int* out);
  int remove(const char* path, bool sync);

  // A journal that only seems to be missing would make what its transaction wrote count as committed.
  int exists(const char* path, int& out);
  std::shared_ptr<shared_file> shared_of(const std::string& path);

  // ---- One file.

  int close(file& f);
  int read(file& f, void* out, int size, sqlite3_int64 offset);
  int write(file& f, const void* bytes, int size, sqlite3_int64 offset);
  int truncate(file& f, sqlite3_int64 size);
  int sync(file& f, int flags);
  int size(file& f, sqlite3_int64* out);

  // \source https://sqlite.org/lockingv3.html
  int lock(file& f, int wanted);
  int unlock(file& f, int wanted);
  int is_reserved(file& f, int* out);

  // ---- The index of a write-ahead log. \source https://sqlite.org/walformat.html

  int map(file& f, int region, int region_size, bool extend, void volatile** out);
  int lock_shared(file& f, int offset, int count, int flags);
  static void give_back(file& f, std::size_t i);
  int unmap(file& f);

  // An exception must not pass through SQLite, which is C.
  template <class F>
  static int guarded(sqlite3_file* f, F perform);
  void fill_methods();

  std::shared_ptr<door> over_;
  door& system_;
  sqlite3_vfs* default_;
  std::string name_;
  sqlite3_vfs vfs_{};
  sqlite3_io_methods methods_{};
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<shared_file>> files_;
};

/// A door whose databases are opened through it, so that `journal::sqlite`, enlisted rows and `touch::sqlite` are
/// explored like everything else. For doors whose files nobody else can open: see `sqlite_vfs` for the locks.
template <std::derived_from<door> Inner>
class with_sqlite : public Inner {
 public:
  template <class... Arguments>
    requires std::constructible_from<Inner, Arguments...>
  explicit with_sqlite(Arguments&&... arguments)
      : Inner(std::forward<Arguments>(arguments)...),
        vfs_(std::make_shared<sqlite_vfs>(std::make_shared<Inner>(static_cast<const Inner&>(*this)))) {}

  /// Asked by `journal::sqlite` and `touch::sqlite`.
  [[nodiscard]] const char* database_vfs() const noexcept override { return vfs_->name(); }

 private:
  std::shared_ptr<sqlite_vfs> vfs_;  // of all copies
};

}  // namespace commitpoint::system

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/sqlite/vfs.ipp>
#endif
