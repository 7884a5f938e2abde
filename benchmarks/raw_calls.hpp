#pragma once

/// \file
/// The system calls that the hand-written protocols are made of, counted as `system::faulty` counts those of
/// commitpoint (closing is counted by neither). Failures are thrown: nothing here is meant to survive them.

#include <commitpoint/system/faulty.hpp>

#include <cerrno>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace benchmarks {

/// An open file, closed when it goes.
class descriptor {
 public:
  explicit descriptor(int number = -1) noexcept : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const noexcept { return number_; }

 private:
  int number_;
};

inline void check(int result, const std::string& about) {
  if (result < 0) throw std::system_error(errno, std::system_category(), about);
}

class raw_calls {
 public:
  using call = commitpoint::system::call;

  [[nodiscard]] descriptor open_directory(int at, const std::string& name) {
    return opened(call::open, ::openat(at, name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), name);
  }
  /// A new file.
  [[nodiscard]] descriptor create(int at, const std::string& name) {
    return opened(call::open, ::openat(at, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666), name);
  }
  /// A file to be written from its beginning, new or not.
  [[nodiscard]] descriptor overwrite(int at, const std::string& name) {
    return opened(call::open, ::openat(at, name.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666), name);
  }
  void write(const descriptor& file, std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto moved = ::pwrite(file.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
      check(moved < 0 ? -1 : 0, "pwrite");
      count(call::write);
      counts_.bytes_written += static_cast<std::uint64_t>(moved);
      bytes.remove_prefix(static_cast<std::size_t>(moved));
      offset += static_cast<std::uint64_t>(moved);
    }
  }
  void sync(const descriptor& node) { done(call::sync, ::fsync(node.get()), "fsync"); }
  void sync_data(const descriptor& file) { done(call::sync_data, ::fdatasync(file.get()), "fdatasync"); }
  void sync_filesystem(const descriptor& node) { done(call::sync_filesystem, ::syncfs(node.get()), "syncfs"); }
  void rename(const descriptor& from, const std::string& name, const descriptor& to, const std::string& target) {
    done(call::rename, ::renameat(from.get(), name.c_str(), to.get(), target.c_str()), target);
  }

  [[nodiscard]] const commitpoint::system::call_counts& counts() const noexcept { return counts_; }
  void reset_counts() { counts_ = {}; }

 private:
  void count(call which) {
    ++counts_.total;
    ++counts_.by_call[static_cast<std::size_t>(which)];
    if (commitpoint::system::changes_something(which)) ++counts_.changes;
  }
  void done(call which, int result, const std::string& about) {
    check(result, about);
    count(which);
  }
  [[nodiscard]] descriptor opened(call which, int number, const std::string& about) {
    done(which, number, about);
    return descriptor(number);
  }

  commitpoint::system::call_counts counts_;
};

}  // namespace benchmarks
