#pragma once

/// \file
/// `handle`: something that is open, given back when it goes.

#include <cstdint>
#include <utility>

namespace commitpoint::system {

/// Owns one open file, directory or link of any door, or nothing: a number, and who takes it back. Movable, not
/// copyable, 16 bytes. What the number means is the door's business: a descriptor, or the address of a box.
class handle {
 public:
  /// Gives the number back, when its owner goes.
  using closer = void (*)(std::intptr_t) noexcept;

  handle() = default;
  /// Takes over what `number` stands for.
  handle(std::intptr_t number, closer closes) noexcept : number_(number), close_(closes) {}
  handle(handle&& other) noexcept : number_(other.number_), close_(std::exchange(other.close_, nullptr)) {}
  handle& operator=(handle&& other) noexcept {
    std::swap(number_, other.number_);
    std::swap(close_, other.close_);
    other.close();
    return *this;
  }
  handle(const handle&) = delete;
  handle& operator=(const handle&) = delete;
  ~handle() { close(); }

  /// Whether it holds anything.
  explicit operator bool() const noexcept { return close_ != nullptr; }

  /// What the door that made it knows it by; it stays owned. Meaningless where the handle is false.
  [[nodiscard]] std::intptr_t number() const noexcept { return number_; }
  /// Gives the number up: somebody else takes it back.
  [[nodiscard]] std::intptr_t release() noexcept {
    close_ = nullptr;
    return number_;
  }

 private:
  void close() noexcept {
    if (close_ != nullptr) std::exchange(close_, nullptr)(number_);
  }

  std::intptr_t number_ = -1;
  closer close_ = nullptr;
};

}  // namespace commitpoint::system
