#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/explored_run.hpp>

#include <exception>
#include <optional>
#include <string>
#include <system_error>
#include <utility>

namespace commitpoint::testing {

COMMITPOINT_INLINE explored_run::explored_run(system::simulated machine, const exploration& what,
                                              const run_listener& listener, system::faulty_door* faults)
    : machine_(std::move(machine)), what_(what), listener_(listener), faults_(faults) {
  if (faults_ != nullptr) faults_->arm(listener.fault);
  if (!listener.before_change) return;
  machine_.machine().before_change = [&listener, seen = watch_.seen](const system::simulation::about_to_change& change,
                                                                     const system::simulation::world& disks) {
    listener.before_change({disks, change.what, std::string(change.name), std::string(change.by_hand), *seen});
  };
}

COMMITPOINT_INLINE explored_run::~explored_run() { machine_.machine().before_change = nullptr; }

COMMITPOINT_INLINE options explored_run::settings() const {
  options settings;
  if (what_.compensations) settings.compensations = what_.compensations(system::hand(machine_, explored_root));
  return settings;
}

COMMITPOINT_INLINE result<void> explored_run::work(owner& mine, bool mutate, run_one run) {
  if (is_first_session_) end_.recovered = mine.recovered();
  goes_on_ = mutate && mutate_with(run);
  is_first_session_ = false;
  return mine.release();
}

COMMITPOINT_INLINE bool explored_run::mutate_with(run_one run) {
  system::hand by_hand(machine_, explored_root);
  auto& seen = *watch_.seen;
  bool was_opened_for_it = !is_first_session_;
  while (end_.mutations.size() < what_.mutations.size()) {
    const auto& one = what_.mutations[end_.mutations.size()];
    if (one.own_session && !was_opened_for_it) return true;
    was_opened_for_it = false;
    const auto before = seen.committing;
    const auto done = run(one.about(), [&](mutation& m) { return one.body(m, by_hand); });
    end_.mutations.push_back(done ? std::nullopt : std::optional<failure>(done.error()));
    if (done) {
      ++seen.acknowledged;
      seen.committing = seen.acknowledged;
      if (listener_.on_success) listener_.on_success(machine_.world());
    } else if (done.error().outcome() == outcome::rolled_back) {
      seen.committing = before;
    }
    const auto nth = end_.mutations.size() - 1;
    if (nth < listener_.succeeds.size() && listener_.succeeds[nth] != static_cast<bool>(done)) return false;
  }
  return false;
}

COMMITPOINT_INLINE run_result explored_run::ended(function_ref<result<void>()> all) {
  try {
    if (auto done = all(); !done) end_.trouble = std::move(done).error();
  } catch (const std::exception& e) {
    end_.trouble =
        failure(std::make_error_code(std::errc::operation_canceled), {}, std::string("an exception: ") + e.what());
  }
  end_.acknowledged = watch_.seen->acknowledged;
  if (faults_ != nullptr) {
    const auto counts = faults_->counts();
    end_.calls = counts.total;
    end_.faults = counts.faults;
    end_.failed_call = counts.last_fault;
  }
  return std::move(end_);
}

}  // namespace commitpoint::testing
