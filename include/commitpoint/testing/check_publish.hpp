#pragma once

/// \file
/// The conformance suite of publish steps.

#include <commitpoint/detail/pack.hpp>
#include <commitpoint/function_ref.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/publish/interface.hpp>
#include <commitpoint/testing/conformance_report.hpp>
#include <commitpoint/testing/workbench.hpp>

#include <memory>

namespace commitpoint::testing {

/// What is asked of a publish step.
struct publish_demands {
  /// No reader sees the live name missing or half. `publish::copy` documents that it cannot.
  bool atomic = true;
};

namespace detail {

/// The suite, over working parts that `make` makes, one for each check.
[[nodiscard]] conformance_report check_way(function_ref<std::shared_ptr<publish::way>()> make, publish_demands demands,
                                           const path& base);

}  // namespace detail

/// Checks a publish policy on the file system of `base`. A setting that `prepare` refuses as `unsupported` is skipped.
template <class Policy>
[[nodiscard]] conformance_report check_publish(const Policy& settings = {}, publish_demands demands = {},
                                               const path& base = suite_place()) {
  static_assert(commitpoint::detail::gives<publish::way, Policy>, "commitpoint: check_publish takes a publish policy");
  return detail::check_way([&] { return commitpoint::detail::working_part<publish::way>(settings); }, demands, base);
}

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/check_publish.ipp>
#endif
