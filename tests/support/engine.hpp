#pragma once

/// \file
/// The engines that most tests use, compiled once for all of them (engine.cpp) instead of once in each.

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/system/faulty.hpp>

// All members of an engine; `prefix` is `extern` where it is used, and empty in the one source that compiles it.
#define TESTS_ENGINE(prefix, P)                                       \
  prefix template class commitpoint::detail::session<P>;              \
  prefix template class commitpoint::detail::tree_snapshot<P>;        \
  prefix template class commitpoint::detail::staged_effects<P>;       \
  prefix template class commitpoint::detail::in_place_effects<P>;     \
  prefix template class commitpoint::detail::publishing<P>;           \
  prefix template class commitpoint::detail::committing<P>;           \
  prefix template class commitpoint::detail::undoing<P>;              \
  prefix template class commitpoint::detail::finishing<P>;            \
  prefix template class commitpoint::detail::keeper<P>;               \
  prefix template class commitpoint::detail::quarantining<P>;         \
  prefix template class commitpoint::detail::draining<P>;             \
  prefix template class commitpoint::detail::running_mutation<P>;     \
  prefix template class commitpoint::journal::log_backend<P::system>; \
  prefix template class commitpoint::journal::log_file<P::system>

namespace support {

using default_engine = commitpoint::detail::parts<>;
using faulty_engine = commitpoint::detail::parts<commitpoint::system::faulty<commitpoint::system::native>>;

}  // namespace support

TESTS_ENGINE(extern, support::default_engine);
TESTS_ENGINE(extern, support::faulty_engine);
