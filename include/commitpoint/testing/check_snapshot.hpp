#pragma once

/// \file
/// The conformance suite of snapshot strategies.

#include <commitpoint/detail/pack.hpp>
#include <commitpoint/function_ref.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/snapshot/interface.hpp>
#include <commitpoint/testing/conformance_report.hpp>
#include <commitpoint/testing/workbench.hpp>

#include <memory>

namespace commitpoint::testing {

namespace detail {

/// The suite, over working parts that `make` makes, two for each check: one saves, and one comes later.
[[nodiscard]] conformance_report check_strategy(function_ref<std::shared_ptr<snapshot::strategy>()> make,
                                                const path& base);

}  // namespace detail

/// Checks a snapshot policy on the file system of `base`. What is `unsupported` there is skipped.
template <class Policy>
[[nodiscard]] conformance_report check_snapshot(const Policy& settings = {}, const path& base = suite_place()) {
  static_assert(commitpoint::detail::gives<snapshot::strategy, Policy>,
                "commitpoint: check_snapshot takes a snapshot policy");
  return detail::check_strategy([&] { return commitpoint::detail::working_part<snapshot::strategy>(settings); }, base);
}

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/check_snapshot.ipp>
#endif
