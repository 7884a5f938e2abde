#pragma once

/// \file
/// What a mutation says of itself beforehand.

#include <commitpoint/details.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/touch.hpp>

#include <concepts>
#include <functional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace commitpoint {

/// Something to do after the commit point: any callable giving nothing or a `result<void>`. Its failure is reported
/// in `owner::last_report()` and never rolls back; a crash loses it.
class hook {
 public:
  template <std::invocable F>
    requires(!std::same_as<std::remove_cvref_t<F>, hook>)
  hook(F call)  // NOLINT(google-explicit-constructor): lambdas are meant to be put into the list as they are
      : call_([f = std::move(call)]() mutable -> result<void> {
          if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
            f();
            return success();
          } else {
            return f();
          }
        }) {}

  result<void> operator()() const { return call_(); }

 private:
  std::function<result<void>()> call_;
};

/// What a mutation says of itself beforehand. All members have defaults: name what you need.
struct plan {
  /// What is being done, for the journal, reports and traces.
  std::string operation = {};
  /// Whatever else whoever looks at a pending mutation should know.
  commitpoint::details details = {};
  /// What the body will write in place; saved before the body runs, with one barrier for all.
  std::vector<touch> touches = {};
  /// Run in order after the commit point.
  std::vector<hook> after_commit = {};
  /// Private directories, relative to the root, for tools that must be told where to write. They must not exist when
  /// the mutation begins, and are removed whatever happens; `mutation::publish` takes what is to stay out of them.
  std::vector<std::string> staging = {};
  /// Looked at between effects: `errc::cancelled` and a rollback once it is triggered, until the commit point.
  std::stop_token stop = {};
};

}  // namespace commitpoint
