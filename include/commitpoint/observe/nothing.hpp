#pragma once

/// \file
/// The observer that hears nothing, and compiles away.

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/policy.hpp>

namespace commitpoint::observe {

/// The default: nothing is heard, and no code is made for it.
struct nothing {
  using kind = commitpoint::kind::observe;
  constexpr void operator()(const event&) const noexcept {}
};

static_assert(Observer<nothing>);

}  // namespace commitpoint::observe
