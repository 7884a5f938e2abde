#pragma once

/// \file
/// Every call of a mutation, and of a drain, fails with every error: what then must be seen.
///
///     a failure that says rolled_back      the old tree, at once and after the next drain
///     dirty                                the next drain gives the old tree
///     unfinished                           the next drain gives the new tree
///     unknown                              the next drain gives the old or the new one
///     success                              the new tree, or one that `explored_mutation::or_else` makes
///     a drain that fails                   the next one does it
///
/// and the same when the power is cut before that next drain.

#include <commitpoint/testing/explored_program.hpp>

#include <cerrno>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

namespace commitpoint::testing {

/// How much is swept. With a stride only every so-maniest call is made to fail, each time with all errors.
struct sweep_settings {
  std::vector<int> errors{EIO, ENOSPC, EDQUOT, EACCES, EPERM, EMFILE, EROFS, ENOMEM, EINTR};
  bool shorts = true;              ///< reads and writes that move half of what they were asked to
  std::uint64_t stride = 1;        ///< of calls of the mutations
  std::uint64_t drain_stride = 7;  ///< of the crashes whose drains are swept
};

/// What was swept.
struct sweep_report {
  std::string name = {};
  std::uint64_t calls = 0;   ///< of one undisturbed run
  std::uint64_t faults = 0;  ///< runs and drains in which a call failed
  std::uint64_t rolled_back = 0;
  std::uint64_t dirty = 0;
  std::uint64_t unfinished = 0;
  std::uint64_t unknown = 0;
  std::uint64_t succeeded = 0;  ///< in spite of it
  std::uint64_t failed_drains = 0;
  std::vector<std::string> troubles = {};
  std::string surprise = {};  ///< which mutation has ended otherwise than it was to where nothing failed, and why

  [[nodiscard]] bool passed() const noexcept { return faults != 0 && troubles.empty() && surprise.empty(); }
  [[nodiscard]] std::string text() const;
};

/// Sweeps one exploration with one program, whose system must be a `faulty`.
class fault_sweep {
 public:
  fault_sweep(exploration what, explored_program with, sweep_settings settings = {});

  [[nodiscard]] sweep_report run();

 private:
  using world = system::simulation::world;

  void begin();

  // Adds the trees after each success to those that are right there.
  run_result run_undisturbed(const exploration& what, std::function<void(moment)> before_change);

  // Hidden names may still stand beside their targets when a mutation returns.
  [[nodiscard]] bool is_tree(std::size_t i, const world& disks, bool drained) const;
  [[nodiscard]] tolerances tolerated() const { return {what_.ignored_times, what_.orphans, {}}; }
  [[nodiscard]] std::string difference_from(std::size_t i, const world& disks) const;
  [[nodiscard]] static std::string text_of(const system::fault_plan& plan, const run_result& end);
  void trouble(const std::string& where, const std::string& what) { report_.troubles.push_back(where + ": " + what); }

  // Where the tree may be when the next drain is through: `[from, to]` of `trees_`.
  struct destination {
    std::size_t from = 0;
    std::size_t to = 0;
    bool is_there_now = false;
  };

  // Mutations after one that fails may run or be refused; each says what became of it.
  [[nodiscard]] destination count(const run_result& end);
  void tally(const run_result& end);
  void with_fault(const system::fault_plan& plan);
  [[nodiscard]] static world cut(const world& disks, bool everything);

  // The next drain, of a process in which nothing fails. What looks the same ends in the same way, so that it is done
  // once: most errors of one call leave the same.
  void settle(const std::string& where, const world& disks, const destination& wanted);
  void sweep_drain(const moment& at);
  exploration what_;
  explored_program with_;
  sweep_settings settings_;
  sweep_report report_;
  world built_;
  std::vector<std::vector<tree_image>> trees_;  // as built, and after each success: all that are right
  std::vector<moment> moments_;
  std::vector<bool> succeeds_;
  std::unordered_set<std::uint64_t> settled_;  // by the mark of what was looked at
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/fault_sweep.ipp>
#endif
