#pragma once

/// \file
/// Whether a drain has made of a crashed machine what it may make of it.

#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>
#include <commitpoint/system/simulated/world.hpp>
#include <commitpoint/testing/crash_states.hpp>
#include <commitpoint/testing/exploration.hpp>
#include <commitpoint/testing/explored_program.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <string>
#include <vector>

namespace commitpoint::testing {

/// Compares trees, and does what somebody does between a crash and the drain.
class crash_judge {
  using world = system::simulation::world;

 public:
  /// The trees after each success grow meanwhile, and so do those that the next process makes of each; all outlive it.
  crash_judge(const exploration& what, const std::vector<tree_image>& trees,
              const std::vector<std::vector<tree_image>>& next_trees)
      : what_(what), trees_(trees), next_trees_(next_trees) {}

  /// What is compared.
  [[nodiscard]] tree_image look(const world& disks) const { return image_of(disks, what_); }
  /// What is wrong after the drain of a crashed machine; empty when nothing is.
  [[nodiscard]] std::string trouble(const crashed_machine& one, const run_result& end, const world& after) const;
  /// What of the outcome the drain has decided: it stays decided.
  [[nodiscard]] progress decided(const crashed_machine& one, const world& after) const;

  /// Drains without the files that are to be absent, and puts them back. What is wrong with that; the rest shows when
  /// it is drained again.
  [[nodiscard]] std::string drain_without_absent(const system::simulated& machine, const explored_program& with) const;

  /// Does what somebody does between the last crash and the drain of it, if anything.
  void apply_edit(const crashed_machine& one, system::simulated machine) const;
  /// Whether that can be done: not where there is no directory for it any more.
  [[nodiscard]] bool was_written(const crashed_machine& one, const explored_edit& edit) const;

 private:
  // The tree after so many successes, and so many of the next process.
  [[nodiscard]] const tree_image* tree(std::size_t i, std::size_t next) const;
  // What somebody did between a crash and the drain of it.
  [[nodiscard]] const explored_edit* edit_in(const crashed_machine& one) const;
  [[nodiscard]] static std::string leftovers(const world& after);
  // A file that an interrupted rollback had put back already is its backup, and who writes to it alters that. The drain
  // touches nothing then, and asks.
  [[nodiscard]] bool is_documented_refusal(const crashed_machine& one, const run_result& end, const world& after) const;
  // In place, or kept, and named by the drain that kept it: of one that crashed nobody has the report.
  [[nodiscard]] std::string lost_edit(const crashed_machine& one, const explored_edit& edit, const run_result& end,
                                      const world& after) const;
  [[nodiscard]] static std::vector<std::string> paths_below(const system::hand& reader, const std::string& directory);
  // In what the tree may differ from the one that is expected.
  [[nodiscard]] tolerances tolerated(const crashed_machine& one) const;

  const exploration& what_;
  const std::vector<tree_image>& trees_;
  const std::vector<std::vector<tree_image>>& next_trees_;
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/crash_judge.ipp>
#endif
