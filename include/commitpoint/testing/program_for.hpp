#pragma once

/// \file
/// `program_for`: what the explorers run, from a coordinator type.

#include <commitpoint/coordinator.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/testing/explored_program.hpp>
#include <commitpoint/testing/explored_run.hpp>

#include <concepts>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace commitpoint::testing {

/// The program of a coordinator type whose observer is `progress_watch` and whose system is made from a `simulated`;
/// `values` are policies with settings of their own.
template <class Coordinator, class... Values>
[[nodiscard]] explored_program program_for(std::string name, Values... values) {
  using system_type = typename Coordinator::system_type;
  const auto run = [values...](const system::simulated& machine, const exploration& what, bool mutate,
                               const run_listener& listener) {
    system_type with(machine);
    system::faulty_door* faults = nullptr;
    if constexpr (std::derived_from<system_type, system::faulty_door>) faults = &with;
    explored_run one(machine, what, listener, faults);
    return one.ended([&]() -> result<void> {
      do {
        BOOST_OUTCOME_TRY(auto opened, Coordinator::open(explored_root, one.settings(), with, one.watch(), values...));
        std::vector<lease> leases;
        for (std::size_t i = 0; mutate && i < what.leases.size(); ++i) {
          BOOST_OUTCOME_TRY(auto one_more, opened.lease());
          leases.push_back(std::move(one_more));
          BOOST_OUTCOME_TRYV(what.leases[i](leases.back()));
        }
        BOOST_OUTCOME_TRY(auto mine, opened.acquire());
        BOOST_OUTCOME_TRYV(one.work(mine, mutate, [&](const plan& about, auto body) {
          return mine.run(about, [&](typename Coordinator::mutation_type& m) { return body(m); });
        }));
      } while (one.goes_on());
      return success();
    });
  };
  return {std::move(name), run};
}

/// The same for policies; the system is `faulty<simulated>`.
template <class... Policies>
[[nodiscard]] explored_program program_of(std::string name, Policies... policies) {
  return program_for<coordinator<system::faulty<system::simulated>, progress_watch, Policies...>>(std::move(name),
                                                                                                  policies...);
}

}  // namespace commitpoint::testing
