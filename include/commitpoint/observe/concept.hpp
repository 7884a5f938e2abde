#pragma once

/// \file
/// What hears of the steps of the protocol.

#include <commitpoint/step.hpp>

#include <concepts>
#include <cstdint>
#include <string_view>

namespace commitpoint::observe {

/// One point of the protocol, about to be passed. Nothing in it outlives the call. What the step takes is the time
/// until the next event of the same thread.
struct event {
  step at = step::none;        ///< `none`: the thread leaves the protocol; the call that it is in returns
  std::uint64_t mutation = 0;  ///< its number; 0 outside one
  std::string_view path = {};  ///< relative to the root; empty where the step has none
  std::uint64_t bytes = 0;     ///< moved by the step, where known beforehand (docs/policies/observe.md)
};

/// An observer policy is itself the observer. It may be called while the lock is held and must not throw.
template <class O>
concept Observer = std::copy_constructible<O> && requires(const O& o, const event& e) {
  { o(e) } -> std::same_as<void>;
};

}  // namespace commitpoint::observe
