#pragma once

/// \file
/// The conformance suite of durability policies.

#include <commitpoint/detail/pack.hpp>
#include <commitpoint/durability/interface.hpp>
#include <commitpoint/function_ref.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/testing/conformance_report.hpp>
#include <commitpoint/testing/workbench.hpp>

#include <memory>

namespace commitpoint::testing {

namespace detail {

/// The suite, over working parts that `make` makes, one for each check.
[[nodiscard]] conformance_report check_promise(function_ref<std::shared_ptr<durability::promise>()> make,
                                               const path& base);

}  // namespace detail

/// Checks a durability policy. One that promises nothing after a power cut is only asked not to fail.
template <class Policy>
[[nodiscard]] conformance_report check_durability(const Policy& settings = {}, const path& base = suite_place()) {
  static_assert(commitpoint::detail::gives<durability::promise, Policy>,
                "commitpoint: check_durability takes a durability policy");
  return detail::check_promise([&] { return commitpoint::detail::working_part<durability::promise>(settings); }, base);
}

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/check_durability.ipp>
#endif
