#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/sqlite/vfs.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <new>

namespace commitpoint::system {

template <class F>
int sqlite_vfs::guarded(sqlite3_file* f, F perform) {
  try {
    return perform(*of(f).vfs, of(f));
  } catch (const std::bad_alloc&) {
    return SQLITE_NOMEM;
  } catch (...) {
    return SQLITE_IOERR;
  }
}

COMMITPOINT_INLINE sqlite_vfs::sqlite_vfs(std::shared_ptr<door> over)
    : over_(std::move(over)), system_(*over_), default_(sqlite3_vfs_find(nullptr)) {
  static std::atomic<std::uint64_t> count{0};
  name_ = "commitpoint-" + std::to_string(++count);
  vfs_.iVersion = 2;
  vfs_.szOsFile = std::max(static_cast<int>(sizeof(file)), default_->szOsFile);
  vfs_.mxPathname = 4096;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = [](sqlite3_vfs* v, sqlite3_filename path, sqlite3_file* f, int flags, int* out) {
    return self(v).open(path, f, flags, out);
  };
  vfs_.xDelete = [](sqlite3_vfs* v, const char* path, int sync) { return self(v).remove(path, sync != 0); };
  vfs_.xAccess = [](sqlite3_vfs* v, const char* path, int, int* out) { return self(v).exists(path, *out); };
  vfs_.xFullPathname = [](sqlite3_vfs*, const char* path, int size, char* out) {
    const std::string_view text(path);
    if (text.size() >= static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
    std::memcpy(out, text.data(), text.size());
    out[text.size()] = '\0';
    return SQLITE_OK;
  };
  vfs_.xRandomness = [](sqlite3_vfs* v, int size, char* out) { return self(v).fill(size, out); };
  vfs_.xSleep = [](sqlite3_vfs* v, int microseconds) {
    self(v).system_.pause(std::chrono::microseconds(microseconds));
    return microseconds;
  };
  vfs_.xCurrentTime = [](sqlite3_vfs* v, double* out) {
    *out = static_cast<double>(self(v).milliseconds()) / 86'400'000.0;
    return SQLITE_OK;
  };
  vfs_.xCurrentTimeInt64 = [](sqlite3_vfs* v, sqlite3_int64* out) {
    *out = self(v).milliseconds();
    return SQLITE_OK;
  };
  vfs_.xGetLastError = [](sqlite3_vfs*, int, char*) { return 0; };
  fill_methods();
  sqlite3_vfs_register(&vfs_, 0);
}

COMMITPOINT_INLINE int sqlite_vfs::code_of(const failure& f, int otherwise) {
  return f == std::errc::no_space_on_device ? SQLITE_FULL : otherwise;
}

COMMITPOINT_INLINE std::pair<std::string, std::string> sqlite_vfs::split(std::string_view path) {
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return {"/", std::string(path)};
  return {std::string(path.substr(0, std::max<std::size_t>(slash, 1))), std::string(path.substr(slash + 1))};
}

COMMITPOINT_INLINE int sqlite_vfs::fill(int size, char* out) {
  for (int i = 0; i < size; i += 8) {
    const auto random = system_.random();
    std::memcpy(out + i, &random, static_cast<std::size_t>(std::min(8, size - i)));
  }
  return size;
}

COMMITPOINT_INLINE int sqlite_vfs::open(const char* path, sqlite3_file* into, int flags, int* out) {
  into->pMethods = nullptr;
  if (path == nullptr) return default_->xOpen(default_, path, into, flags, out);
  const auto [directory, name] = split(path);
  auto parent = system_.open_root(directory);
  if (!parent) return SQLITE_CANTOPEN;
  const bool creates = (flags & SQLITE_OPEN_CREATE) != 0;
  const bool writes = (flags & SQLITE_OPEN_READWRITE) != 0;
  auto opened = system_.open(parent.value(), name,
                             {.access = writes ? access::read_write : access::read,
                              .create_exclusive = creates && (flags & SQLITE_OPEN_EXCLUSIVE) != 0,
                              .create = creates,
                              .mode = 0644});
  if (!opened) return SQLITE_CANTOPEN;
  auto* made = new (into) file{};
  made->base.pMethods = &methods_;
  made->vfs = this;
  made->shared = shared_of(path);
  made->opened = std::move(opened).value();
  const int journals = SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL;
  if (creates && (flags & journals) != 0) made->directory = std::move(parent).value();
  if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) made->delete_on_close = path;
  if (out != nullptr) *out = flags;
  return SQLITE_OK;
}

COMMITPOINT_INLINE int sqlite_vfs::remove(const char* path, bool sync) {
  const auto [directory, name] = split(path);
  const auto parent = system_.open_root(directory);
  if (!parent) return SQLITE_IOERR_DELETE;
  const auto removed = system_.remove_file(parent.value(), name);
  if (!removed) {
    return removed.error() == std::errc::no_such_file_or_directory ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  }
  if (sync && !system_.sync(parent.value())) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

COMMITPOINT_INLINE int sqlite_vfs::exists(const char* path, int& out) {
  const auto [directory, name] = split(path);
  const auto parent = system_.open_root(directory);
  const auto there = parent ? system_.status(parent.value(), name) : result<file_status>(parent.error());
  out = there && there.value().type != node_type::none ? 1 : 0;
  if (there || there.error() == std::errc::no_such_file_or_directory) return SQLITE_OK;
  return SQLITE_IOERR_ACCESS;
}

COMMITPOINT_INLINE std::shared_ptr<sqlite_vfs::shared_file> sqlite_vfs::shared_of(const std::string& path) {
  const std::scoped_lock guard(mutex_);
  auto& held = files_[path];
  auto found = held.lock();
  if (!found) {
    found = std::make_shared<shared_file>();
    held = found;
  }
  return found;
}

COMMITPOINT_INLINE int sqlite_vfs::close(file& f) {
  unlock(f, SQLITE_LOCK_NONE);
  unmap(f);
  const auto path = f.delete_on_close;
  f.~file();
  return path.empty() ? SQLITE_OK : remove(path.c_str(), false);
}

COMMITPOINT_INLINE int sqlite_vfs::read(file& f, void* out, int size, sqlite3_int64 offset) {
  const auto bytes =
      files::read_range(system_, f.opened, static_cast<std::uint64_t>(offset), static_cast<std::uint64_t>(size));
  if (!bytes) return SQLITE_IOERR_READ;
  std::memset(out, 0, static_cast<std::size_t>(size));
  std::memcpy(out, bytes.value().data(), bytes.value().size());
  return bytes.value().size() == static_cast<std::size_t>(size) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

COMMITPOINT_INLINE int sqlite_vfs::write(file& f, const void* bytes, int size, sqlite3_int64 offset) {
  const std::string_view text(static_cast<const char*>(bytes), static_cast<std::size_t>(size));
  const auto done = files::write_all(system_, f.opened, static_cast<std::uint64_t>(offset), text);
  return done ? SQLITE_OK : code_of(done.error(), SQLITE_IOERR_WRITE);
}

COMMITPOINT_INLINE int sqlite_vfs::truncate(file& f, sqlite3_int64 size) {
  return system_.truncate(f.opened, static_cast<std::uint64_t>(size)) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

COMMITPOINT_INLINE int sqlite_vfs::sync(file& f, int flags) {
  const bool data_only = (flags & SQLITE_SYNC_DATAONLY) != 0;
  const auto done = data_only ? system_.sync_data(f.opened) : system_.sync(f.opened);
  if (!done) return SQLITE_IOERR_FSYNC;
  if (!f.directory) return SQLITE_OK;
  const auto directory = std::move(f.directory);
  f.directory = handle{};
  return system_.sync(directory) ? SQLITE_OK : SQLITE_IOERR_DIR_FSYNC;
}

COMMITPOINT_INLINE int sqlite_vfs::size(file& f, sqlite3_int64* out) {
  const auto there = system_.status(f.opened);
  if (!there) return SQLITE_IOERR_FSTAT;
  *out = static_cast<sqlite3_int64>(there.value().size);
  return SQLITE_OK;
}

COMMITPOINT_INLINE int sqlite_vfs::lock(file& f, int wanted) {
  if (f.level >= wanted) return SQLITE_OK;
  const std::scoped_lock guard(mutex_);
  auto& s = *f.shared;
  if (wanted == SQLITE_LOCK_SHARED) {
    if (s.exclusive || s.pending) return SQLITE_BUSY;
    ++s.readers;
    f.level = wanted;
    return SQLITE_OK;
  }
  if (s.reserved != nullptr && s.reserved != &f) return SQLITE_BUSY;
  s.reserved = &f;
  if (wanted == SQLITE_LOCK_RESERVED) {
    f.level = wanted;
    return SQLITE_OK;
  }
  s.pending = true;
  f.level = SQLITE_LOCK_PENDING;
  if (wanted == SQLITE_LOCK_EXCLUSIVE) {
    if (s.readers > 1) return SQLITE_BUSY;
    s.exclusive = true;
    f.level = wanted;
  }
  return SQLITE_OK;
}

COMMITPOINT_INLINE int sqlite_vfs::unlock(file& f, int wanted) {
  if (f.level <= wanted) return SQLITE_OK;
  const std::scoped_lock guard(mutex_);
  auto& s = *f.shared;
  if (f.level > SQLITE_LOCK_SHARED) {
    s.reserved = nullptr;
    s.pending = s.exclusive = false;
  }
  if (wanted == SQLITE_LOCK_NONE) --s.readers;
  f.level = wanted;
  return SQLITE_OK;
}

COMMITPOINT_INLINE int sqlite_vfs::is_reserved(file& f, int* out) {
  const std::scoped_lock guard(mutex_);
  *out = f.shared->reserved != nullptr ? 1 : 0;
  return SQLITE_OK;
}

COMMITPOINT_INLINE int sqlite_vfs::map(file& f, int region, int region_size, bool extend, void volatile** out) {
  const std::scoped_lock guard(mutex_);
  auto& regions = f.shared->regions;
  *out = nullptr;
  if (regions.size() <= static_cast<std::size_t>(region) && !extend) return SQLITE_OK;
  while (regions.size() <= static_cast<std::size_t>(region)) {
    regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(region_size)));
  }
  *out = regions[static_cast<std::size_t>(region)].get();
  return SQLITE_OK;
}

COMMITPOINT_INLINE int sqlite_vfs::lock_shared(file& f, int offset, int count, int flags) {
  const std::scoped_lock guard(mutex_);
  auto& s = *f.shared;
  const auto each = [&](auto perform) {
    const auto first = static_cast<std::size_t>(offset);
    for (auto i = first; i < first + static_cast<std::size_t>(count); ++i) perform(i);
  };
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    each([&](std::size_t i) { give_back(f, i); });
    return SQLITE_OK;
  }
  const bool alone = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  bool free = true;
  each([&](std::size_t i) {
    const bool mine = (f.shared_mask >> i & 1U) != 0;
    const bool others_share = s.shared[i] > (mine ? 1 : 0);
    const bool held = s.alone[i] != nullptr && s.alone[i] != &f;
    if (held || (alone && others_share)) free = false;
  });
  if (!free) return SQLITE_BUSY;
  each([&](std::size_t i) {
    if (alone) {
      s.alone[i] = &f;
      f.alone_mask |= 1U << i;
    } else if ((f.shared_mask >> i & 1U) == 0) {
      ++s.shared[i];
      f.shared_mask |= 1U << i;
    }
  });
  return SQLITE_OK;
}

COMMITPOINT_INLINE void sqlite_vfs::give_back(file& f, std::size_t i) {
  auto& s = *f.shared;
  if ((f.shared_mask >> i & 1U) != 0) --s.shared[i];
  if ((f.alone_mask >> i & 1U) != 0) s.alone[i] = nullptr;
  f.shared_mask &= ~(1U << i);
  f.alone_mask &= ~(1U << i);
}

COMMITPOINT_INLINE int sqlite_vfs::unmap(file& f) {
  const std::scoped_lock guard(mutex_);
  for (std::size_t i = 0; i < vfs_detail::shared_locks; ++i) give_back(f, i);
  return SQLITE_OK;  // the memory goes with the last connection
}

COMMITPOINT_INLINE void sqlite_vfs::fill_methods() {
  using raw = sqlite3_file*;
  using offset_type = sqlite3_int64;
  methods_.iVersion = 2;
  methods_.xClose = [](raw f) { return guarded(f, [](auto& v, file& one) { return v.close(one); }); };
  methods_.xRead = [](raw f, void* out, int n, offset_type at) {
    return guarded(f, [&](auto& v, file& one) { return v.read(one, out, n, at); });
  };
  methods_.xWrite = [](raw f, const void* bytes, int n, offset_type at) {
    return guarded(f, [&](auto& v, file& one) { return v.write(one, bytes, n, at); });
  };
  methods_.xTruncate = [](raw f, offset_type n) {
    return guarded(f, [&](auto& v, file& one) { return v.truncate(one, n); });
  };
  methods_.xSync = [](raw f, int flags) { return guarded(f, [&](auto& v, file& one) { return v.sync(one, flags); }); };
  methods_.xFileSize = [](raw f, offset_type* out) {
    return guarded(f, [&](auto& v, file& one) { return v.size(one, out); });
  };
  methods_.xLock = [](raw f, int level) { return guarded(f, [&](auto& v, file& one) { return v.lock(one, level); }); };
  methods_.xUnlock = [](raw f, int level) {
    return guarded(f, [&](auto& v, file& one) { return v.unlock(one, level); });
  };
  methods_.xCheckReservedLock = [](raw f, int* out) {
    return guarded(f, [&](auto& v, file& one) { return v.is_reserved(one, out); });
  };
  methods_.xFileControl = [](raw, int, void*) { return SQLITE_NOTFOUND; };
  methods_.xSectorSize = [](raw) { return 512; };
  methods_.xDeviceCharacteristics = [](raw) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; };
  methods_.xShmMap = [](raw f, int region, int n, int extend, void volatile** out) {
    return guarded(f, [&](auto& v, file& one) { return v.map(one, region, n, extend != 0, out); });
  };
  methods_.xShmLock = [](raw f, int at, int n, int flags) {
    return guarded(f, [&](auto& v, file& one) { return v.lock_shared(one, at, n, flags); });
  };
  // As SQLite does it itself. With -fsanitize=thread g++ warns of std::atomic_thread_fence.
  methods_.xShmBarrier = [](raw) { __sync_synchronize(); };
  methods_.xShmUnmap = [](raw f, int) { return guarded(f, [](auto& v, file& one) { return v.unmap(one); }); };
}

}  // namespace commitpoint::system
