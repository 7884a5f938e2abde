#pragma once

/// \file
/// What a plan wants done after the commit point.

#include <commitpoint/detail/mutation/mutation_context.hpp>
#include <commitpoint/detail/root/session.hpp>
#include <commitpoint/plan.hpp>

#include <exception>
#include <string>
#include <system_error>
#include <utility>

namespace commitpoint::detail {

/// Runs the hooks, in order. What fails or throws is reported, and undoes nothing.
inline void run_hooks(mutation_context& c) {
  if (c.what.after_commit.empty()) return;
  c.owner.say(step::hooks, c.number);
  const auto report_failed = [&](failure why) {
    c.owner.last.failed_hooks.push_back(c.named(std::move(why).at(step::hooks)));
  };
  const auto threw = std::make_error_code(std::errc::operation_canceled);
  for (const auto& hook : c.what.after_commit) {
    try {
      auto done = hook();
      if (!done) report_failed(std::move(done).error());
    } catch (const std::exception& e) {
      report_failed(failure(threw, {}, e.what()));
    } catch (...) {
      report_failed(failure(threw, {}, "a hook threw"));
    }
  }
}

}  // namespace commitpoint::detail
