#pragma once

/// \file
/// What hears of the steps of the protocol.

#include <commitpoint/step.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>

namespace commitpoint::observe {

/// One point of the protocol, about to be passed. Nothing in it outlives the call. What the step takes is the time
/// until the next event of the same thread.
struct event {
  step at = step::none;        ///< `none`: the thread leaves the protocol; the call that it is in returns
  std::uint64_t mutation = 0;  ///< its number; 0 outside one
  std::string_view path = {};  ///< relative to the root; empty where the step has none
  std::uint64_t bytes = 0;     ///< moved by the step, where known beforehand (docs/policies/observe.md)
};

/// An observer policy is a plain callable. It may be called while the lock is held and must not throw.
template <class O>
concept Observer = std::copy_constructible<O> && requires(const O& o, const event& e) {
  { o(e) } -> std::same_as<void>;
};

/// What the engine knows of an observer. With none (`observe::nothing`) it has a null pointer instead.
class observer {
 public:
  observer() = default;
  observer(const observer&) = delete;
  observer& operator=(const observer&) = delete;
  virtual ~observer() = default;
  virtual void hear(const event& e) const = 0;
};

/// A callable as an observer.
template <Observer O>
class calling final : public observer {
 public:
  explicit calling(O call) : call_(std::move(call)) {}
  void hear(const event& e) const override { call_(e); }
  [[nodiscard]] const O& callable() const noexcept { return call_; }

 private:
  O call_;
};

}  // namespace commitpoint::observe
