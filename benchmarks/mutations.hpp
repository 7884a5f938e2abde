#pragma once

/// \file
/// One add through commitpoint.

#include "workload.hpp"

#include <commitpoint/commitpoint.hpp>

#include <stdexcept>
#include <system_error>
#include <utility>

namespace benchmarks {

namespace cp = commitpoint;

/// All files written off to the side.
[[nodiscard]] cp::result<void> stage_all(cp::mutation& m, const changes& all);

/// All files written where they are, by ordinary calls. What is rewritten was named by `plan_in_place`; of the new
/// files the names are known beforehand, but for the blob's, which its store invents.
[[nodiscard]] cp::result<void> write_all_in_place(cp::mutation& m, const changes& all);
[[nodiscard]] cp::plan plan_in_place(const changes& all);

enum class ending { committed, failed };

/// Runs one mutation that ends as it should, or throws.
template <class Owner, class Body>
void run_add(Owner& owner, cp::plan plan, ending end, Body body) {
  const auto stop = std::make_error_code(std::errc::operation_canceled);
  auto done = owner.run(std::move(plan), [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(body(m));
    if (end == ending::failed) return stop;
    return cp::success();
  });
  if (end == ending::failed && !done && done.error() == stop) return;
  if (end == ending::failed && done) throw std::logic_error("an add that was to fail was committed");
  std::move(done).value();
}

template <class Owner>
void add_staged(Owner& owner, const changes& all, ending end) {
  run_add(owner, {.operation = "add"}, end, [&](cp::mutation& m) { return stage_all(m, all); });
}

template <class Owner>
void add_in_place(Owner& owner, const changes& all, ending end) {
  run_add(owner, plan_in_place(all), end, [&](cp::mutation& m) { return write_all_in_place(m, all); });
}

}  // namespace benchmarks
