#pragma once

/// \file
/// `result<T>`: a value or a `failure`. Use it with `BOOST_OUTCOME_TRY` and `BOOST_OUTCOME_TRYV`.

#include <commitpoint/failure.hpp>

#include <boost/outcome/basic_result.hpp>
#include <boost/outcome/try.hpp>

#include <stdexcept>
#include <utility>

namespace commitpoint {

namespace detail {

// `.value()` of a failed result throws the failure; every other check is the base's.
struct throw_failure : boost::outcome_v2::policy::base {
  template <class Impl>
  static constexpr void wide_value_check(Impl&& self) {
    if (!base::_has_value(std::forward<Impl>(self))) base::_error(std::forward<Impl>(self)).raise();
  }
  template <class Impl>
  static constexpr void wide_error_check(Impl&& self) {
    if (!base::_has_error(std::forward<Impl>(self))) throw std::logic_error("error() of a result that has a value");
  }
};

}  // namespace detail

/// A value, or the failure to make one. `value()` throws the failure as an `std::system_error`.
template <class T>
class [[nodiscard(
    "it may be a failure: pass it on with BOOST_OUTCOME_TRY or BOOST_OUTCOME_TRYV, or look at it")]] result
    : public boost::outcome_v2::basic_result<T, failure, detail::throw_failure> {
  using base = boost::outcome_v2::basic_result<T, failure, detail::throw_failure>;

 public:
  using base::base;
  // What a TRY returns: as the base's own, in fewer steps.
  result(boost::outcome_v2::failure_type<failure, void> && f) noexcept  // NOLINT(google-explicit-constructor)
      : base(boost::outcome_v2::in_place_type<failure>, std::move(f).error()) {}
};

using boost::outcome_v2::success;

namespace detail {

template <class T>
inline constexpr bool is_result = false;
template <class T>
inline constexpr bool is_result<result<T>> = true;

}  // namespace detail

}  // namespace commitpoint
