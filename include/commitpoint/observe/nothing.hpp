#pragma once

/// \file
/// The observer that hears nothing.

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/policy.hpp>

namespace commitpoint::observe {

/// The default: the engine has a null pointer where the others have an observer.
struct nothing {
  using kind = commitpoint::kind::observe;
  constexpr void operator()(const event&) const noexcept {}
};

static_assert(Observer<nothing>);

}  // namespace commitpoint::observe
