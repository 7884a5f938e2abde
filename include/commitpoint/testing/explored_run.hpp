#pragma once

/// \file
/// One run of an explored program: what is the same whatever the policies are.

#include <commitpoint/function_ref.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/observe/interface.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/owner.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/policy.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/testing/exploration.hpp>
#include <commitpoint/testing/explored_program.hpp>

#include <memory>

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

/// Listens while it lives, and says how it ended.
class explored_run {
 public:
  /// Runs one mutation of the owner that is at work.
  using run_one = function_ref<result<void>(const plan&, function_ref<result<void>(mutation&)>)>;

  /// All but `faults`, which may be null, must outlive it.
  explored_run(system::simulated machine, const exploration& what, const run_listener& listener,
               system::faulty_door* faults);
  explored_run(const explored_run&) = delete;
  explored_run& operator=(const explored_run&) = delete;
  ~explored_run();

  /// For the coordinator: what hears of its steps, and what it is opened with.
  [[nodiscard]] const progress_watch& watch() const noexcept { return watch_; }
  [[nodiscard]] options settings() const;

  /// What the first owner has recovered; the mutations of one session, if they are wanted; release.
  result<void> work(owner& mine, bool mutate, run_one run);
  /// Whether another session is to follow.
  [[nodiscard]] bool goes_on() const noexcept { return goes_on_; }
  /// All of it; an exception is a failure.
  [[nodiscard]] run_result ended(function_ref<result<void>()> all);

 private:
  // Whether another session is to follow.
  bool mutate_with(run_one run);

  system::simulated machine_;
  const exploration& what_;
  const run_listener& listener_;
  system::faulty_door* faults_;
  progress_watch watch_;
  run_result end_;
  bool is_first_session_ = true;
  bool goes_on_ = false;
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/explored_run.ipp>
#endif
