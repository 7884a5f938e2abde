#pragma once

/// \file
/// Where an observer's text goes. The library opens no file: the application gives a stream or a function.

#include <concepts>
#include <functional>
#include <ostream>
#include <string_view>
#include <utility>

namespace commitpoint::observe {

/// What a sink can be made of: a callable `void(std::string_view)`.
template <class F>
concept text_function = std::invocable<F&, std::string_view>;

/// A place for text. It gets whole lines, one call at a time, and may be called while the lock is held: it must not use
/// the coordinator. What it throws is swallowed, and the text is lost.
class sink {
 public:
  /// Nowhere.
  sink() = default;
  /// The stream outlives every copy of the observer. It is not flushed: what a killed program leaves depends on it.
  sink(std::ostream* to)  // NOLINT(google-explicit-constructor): a parameter
      : write_([to](std::string_view text) { to->write(text.data(), static_cast<std::streamsize>(text.size())); }) {}
  template <text_function F>
  sink(F to) : write_(std::move(to)) {}  // NOLINT(google-explicit-constructor): a parameter

  [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(write_); }

  void write(std::string_view text) const noexcept {
    try {
      if (write_) write_(text);
    } catch (...) {  // NOLINT(bugprone-empty-catch): nobody could do anything about it
    }
  }

 private:
  std::function<void(std::string_view)> write_;
};

}  // namespace commitpoint::observe
