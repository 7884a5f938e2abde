#pragma once

/// \file
/// `file_handle`: one open file descriptor, closed when it goes.

#include <unistd.h>

#include <utility>

namespace commitpoint::system {

/// Owns one file descriptor, or nothing. Movable, not copyable.
class file_handle {
 public:
  file_handle() = default;
  /// Takes over `descriptor`; -1 is nothing.
  explicit file_handle(int descriptor) noexcept : descriptor_(descriptor) {}
  file_handle(file_handle&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  file_handle& operator=(file_handle&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    other.close();
    return *this;
  }
  file_handle(const file_handle&) = delete;
  file_handle& operator=(const file_handle&) = delete;
  ~file_handle() { close(); }

  /// Whether it holds a descriptor.
  explicit operator bool() const noexcept { return descriptor_ != -1; }

  /// The descriptor, -1 for nothing. It stays owned.
  [[nodiscard]] int get() const noexcept { return descriptor_; }

  /// Gives the descriptor up without closing it.
  [[nodiscard]] int release() noexcept { return std::exchange(descriptor_, -1); }

 private:
  // An error of close() is not looked at: what had to be durable was synced before, and Linux gives the descriptor
  // back in any case, so that a second try could only close somebody else's.
  void close() noexcept {
    if (descriptor_ != -1) ::close(std::exchange(descriptor_, -1));
  }

  int descriptor_ = -1;
};

}  // namespace commitpoint::system
