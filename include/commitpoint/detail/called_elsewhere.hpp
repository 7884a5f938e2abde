#pragma once

/// \file
/// Header-only: the functions that sources without a policy call. Those include owner.hpp, reader.hpp or
/// any_coordinator.hpp alone, which only declare them; whoever opens a root defines them for all, called there or not.

#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/reader.hpp>
#include <commitpoint/result.hpp>

#include <tuple>

namespace commitpoint::detail {

// A template, so that it is made only where a root is opened. What is inline is compiled where somebody needs it, and
// an address in a table that may not be dropped is a need.
template <class Coordinator>
struct called_elsewhere {
  using body = result<void> (*)(mutation&);

  [[gnu::used]] static inline constexpr auto functions = std::make_tuple(
      &any_coordinator::acquire, &any_coordinator::read, &any_coordinator::pending, &any_coordinator::accept,
      &any_coordinator::lease, &owner::run<body>, &owner::recovered, &owner::last_report, &owner::dirty,
      &owner::purge_kept, &owner::release, &reader::read, &reader::root, &reader::recovered);
};

}  // namespace commitpoint::detail
