#pragma once

/// \file
/// The engine of `coordinator<>`, compiled once for all tests (default_engine.cpp) instead of once in each.

#include <commitpoint/commitpoint.hpp>

#define COMMITPOINT_ENGINE(prefix, P)                                 \
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

COMMITPOINT_ENGINE(extern, commitpoint::detail::parts<>);
