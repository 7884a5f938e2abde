#pragma once

/// \file
/// The conformance suite of journals.

#include <commitpoint/detail/pack.hpp>
#include <commitpoint/function_ref.hpp>
#include <commitpoint/journal/interface.hpp>
#include <commitpoint/path.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/testing/conformance_report.hpp>
#include <commitpoint/testing/workbench.hpp>

#include <functional>
#include <memory>

namespace commitpoint::testing {

namespace detail {

/// Opens a journal as a process does; all that one opener opens are one journal.
using journal_opener = std::function<result<std::unique_ptr<journal::backend>>(const journal::place&)>;

/// The suite, over journals that `make` makes, one for each check.
[[nodiscard]] conformance_report check_backend(function_ref<journal_opener()> make, const path& base);

}  // namespace detail

/// Checks a journal policy. `make` gives its settings, anew for every check; all backends of one check get copies of
/// the same. What a journal writes past the system policy (a database does) is not seen by the checks of syncs.
template <class Policy, class Make>
[[nodiscard]] conformance_report check_journal(Make make, const path& base = suite_place()) {
  static_assert(commitpoint::detail::opens_journals<Policy>, "commitpoint: check_journal takes a journal policy");
  const auto opener = [&]() -> detail::journal_opener {
    return [settings = Policy(make())](const journal::place& where) { return settings.open(where); };
  };
  return detail::check_backend(opener, base);
}

/// The same, of default-made settings.
template <class Policy>
[[nodiscard]] conformance_report check_journal(const path& base = suite_place()) {
  return check_journal<Policy>([] { return Policy{}; }, base);
}

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/check_journal.ipp>
#endif
