#pragma once

/// \file
/// Explores what crashes can do to a mutation: of ours, or of yours.
///
///     undisturbed run    the world before every call that changes something; the tree after every success
///     each of those      the process is killed there, or the power is cut and some of what was not synced is lost
///     each such state    a new process drains it; the tree must be as after a mutation that may have committed there
///     some of the drains crash again at each of their calls, and so on, as deep as was asked
///
/// All states of a call are taken where they are few, else some, chosen by the seed. A state that was met before is not
/// drained again. What goes wrong is found again by the text that `finding::where` has (crash_path.hpp).

#include <commitpoint/testing/crash_judge.hpp>
#include <commitpoint/testing/crash_path.hpp>
#include <commitpoint/testing/crash_states.hpp>
#include <commitpoint/testing/exploration.hpp>
#include <commitpoint/testing/explored_program.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace commitpoint::testing {

/// Explores one mutation, or several of one owner, with one coordinator. All of it is deterministic.
class crash_explorer {
 public:
  crash_explorer(exploration what, explored_program with, explore_settings settings = {});
  crash_explorer(const crash_explorer&) = delete;
  crash_explorer& operator=(const crash_explorer&) = delete;
  ~crash_explorer() = default;

  /// Explores until everything was seen or the budget is used up. Throws `std::runtime_error` where the undisturbed run
  /// cannot be made; a mutation that fails in it is in the report.
  [[nodiscard]] exploration_report run();

  /// One crash again, by the text of a finding, with the same exploration and program; what is wrong, or nothing.
  /// Throws `std::invalid_argument` where there is no such crash.
  [[nodiscard]] std::optional<finding> replay(std::string_view where);

 private:
  // The undisturbed run.
  void begin();
  // What the next process makes of what is left there, after each of its successes.
  [[nodiscard]] std::vector<tree_image> trees_of_next(const system::simulation::world& before);
  // Whether the drain of that crash is done by a process that has something else to do as well.
  [[nodiscard]] bool goes_on(const crashed_machine& one) const;
  // How many states of the budget are for crashes that follow so many others.
  [[nodiscard]] std::uint64_t share(std::uint32_t depth) const;

  // Drains it, and judges what that makes of it; those that are worth a crash in their drain are added.
  void examine(crashed_machine& one, std::vector<crashed_machine>& interesting);
  void note(const crashed_machine& one, std::string wrong);

  // Crashes in drains.
  [[nodiscard]] std::vector<moment> drained_with_moments(const crashed_machine& one) const;
  [[nodiscard]] std::vector<crashed_machine> next_level(std::vector<crashed_machine>& from, std::uint64_t room);
  // A tenth of all is explored with an edit; some of their drains crash like others.
  void explore_edits(std::vector<crashed_machine>& level);

  // The calls that were crashed before, and what survived.
  [[nodiscard]] std::string trace_of(const crash_path& path) const;

  exploration what_;
  exploration next_;  // the same with the mutations of the next process
  explored_program with_;
  explore_settings settings_;
  exploration_report report_;
  std::vector<tree_image> trees_;                    // as built, and after each success
  std::vector<std::vector<tree_image>> next_trees_;  // what the next process makes of each of those
  std::vector<moment> moments_;
  chance luck_;
  crash_states states_;
  crash_judge judge_;
  std::unordered_set<std::uint64_t> drained_;  // marks of states that were looked at
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/crash_explorer.ipp>
#endif
