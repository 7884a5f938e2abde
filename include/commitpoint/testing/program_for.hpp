#pragma once

/// \file
/// `program_for`: what the explorers run, from a coordinator type.

#include <commitpoint/coordinator.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/testing/explored_program.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

namespace commitpoint::testing {

/// Tells how far the protocol has come, where an explorer looks at it. An observer policy.
struct progress_watch {
  using kind = commitpoint::kind::observe;
  std::shared_ptr<progress> seen = std::make_shared<progress>();

  void operator()(const observe::event& e) const {
    seen->at = e.at;
    if (e.at == step::commit) ++seen->committing;
  }
};

namespace detail {

template <class S>
concept has_faults = requires(S& s, const system::fault_plan& plan) {
  s.arm(plan);
  s.counts().total;
};

inline void listen(const system::simulated& machine, const progress_watch& watch, const run_listener& to) {
  if (!to.before_change) return;
  machine.machine().before_change = [&to, seen = watch.seen](const system::simulation::about_to_change& what,
                                                             const system::simulation::world& disks) {
    to.before_change({disks, what.what, std::string(what.name), std::string(what.by_hand), *seen});
  };
}

template <class Owner>
void run_mutations(Owner& mine, const system::simulated& machine, const exploration& what, const progress_watch& watch,
                   const run_listener& listener, run_result& into) {
  system::hand by_hand(machine, explored_root);
  for (const auto& one : what.mutations) {
    const auto before = watch.seen->committing;
    const auto done = mine.run(one.about(), [&](auto& m) { return one.body(m, by_hand); });
    into.mutations.push_back(done ? std::nullopt : std::optional<failure>(done.error()));
    if (done) {
      ++watch.seen->acknowledged;
      watch.seen->committing = watch.seen->acknowledged;
      if (listener.on_success) listener.on_success(machine.world());
    } else if (done.error().outcome() == outcome::rolled_back) {
      watch.seen->committing = before;
    }
    const auto nth = into.mutations.size() - 1;
    if (nth < listener.succeeds.size() && listener.succeeds[nth] != static_cast<bool>(done)) return;
  }
}

}  // namespace detail

/// The program of a coordinator type whose observer is `progress_watch` and whose system is made from a `simulated`;
/// `values` are policies with settings of their own.
template <class Coordinator, class... Values>
[[nodiscard]] explored_program program_for(std::string name, Values... values) {
  using S = std::remove_cvref_t<decltype(std::declval<Coordinator&>().system())>;
  const auto run = [values...](const system::simulated& machine, const exploration& what, bool mutate,
                               const run_listener& listener) {
    run_result end;
    const progress_watch watch;
    S with(machine);
    if constexpr (detail::has_faults<S>) with.arm(listener.fault);
    detail::listen(machine, watch, listener);
    try {
      options settings;
      if (what.compensations) settings.compensations = what.compensations(system::hand(machine, explored_root));
      auto opened = Coordinator::open(explored_root, std::move(settings), with, watch, values...);
      if (!opened) {
        end.trouble = opened.error();
      } else if (auto mine = opened.value().acquire(); !mine) {
        end.trouble = mine.error();
      } else {
        end.recovered = mine.value().recovered();
        if (mutate) detail::run_mutations(mine.value(), machine, what, watch, listener, end);
        auto released = mine.value().release();
        if (!released) end.trouble = released.error();
      }
    } catch (const std::exception& e) {
      end.trouble =
          failure(std::make_error_code(std::errc::operation_canceled), {}, std::string("an exception: ") + e.what());
    }
    machine.machine().before_change = nullptr;
    end.acknowledged = watch.seen->acknowledged;
    if constexpr (detail::has_faults<S>) {
      end.calls = with.counts().total;
      end.faults = with.counts().faults;
      end.failed_call = with.counts().last_fault;
    }
    return end;
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
