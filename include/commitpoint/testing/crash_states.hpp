#pragma once

/// \file
/// Which crashes are looked at, and the machines that they leave.

#include <commitpoint/system/simulated/power_cut.hpp>
#include <commitpoint/system/simulated/world.hpp>
#include <commitpoint/testing/crash_path.hpp>
#include <commitpoint/testing/exploration.hpp>
#include <commitpoint/testing/explored_program.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

namespace commitpoint::testing {

/// A machine after a crash, and which of the trees a drain may make of it: the trees after each success, `[from, to]`,
/// and of each those that the next process makes of it, `[next_from, next_to]`, where 0 is none of its mutations.
struct crashed_machine {
  system::simulation::world disks;
  crash_path path;
  std::size_t from = 0;
  std::size_t to = 0;
  std::size_t next_from = 0;
  std::size_t next_to = 0;
  std::vector<std::string> orphans;  ///< what may stand there beside
  std::uint64_t mark = 0;            ///< the same for what looks the same
  bool recovers = false;             ///< whether its drain had something to recover
};

/// Numbers by chance, the same ones for the same seed.
class chance {
 public:
  explicit chance(std::uint64_t seed) noexcept : state_(seed * 0x2545f4914f6cdd1dU) {}

  /// \source Vigna, splitmix64
  std::uint64_t operator()() noexcept;
  /// An order by chance.
  void shuffle(std::vector<crashed_machine>& some);
  /// Leaves no more than there is room for.
  void thin(std::vector<crashed_machine>& some, std::uint64_t room);

 private:
  std::uint64_t state_;
};

/// Makes the crashes of an exploration, and skips what was made before.
class crash_states {
 public:
  /// The trees after each success grow meanwhile; both outlive it.
  crash_states(const exploration& what, const explore_settings& settings, const std::vector<tree_image>& trees,
               chance& luck);

  /// Every moment is crashed at; what of the room is left by those with few states goes to those with many.
  [[nodiscard]] std::vector<crashed_machine> of(const std::vector<moment>& moments, const crash_path& before,
                                                std::uint64_t room);
  /// One crash, the last of the path. Throws `std::invalid_argument` for answers to other questions.
  [[nodiscard]] crashed_machine one(const moment& at, crash_path path, const system::simulation::power_cut& cut) const;
  /// Some of those whose drains are to crash as well. By turns: kills are few among power cuts, and drains that have
  /// nothing to recover end soon. Both deserve a look.
  [[nodiscard]] std::vector<crashed_machine> choose(std::vector<crashed_machine>& from, std::size_t count);

  /// What was made before may be made again.
  void forget();
  /// How many were not made again.
  [[nodiscard]] std::uint64_t skipped() const noexcept { return skipped_; }

 private:
  using power_cut = system::simulation::power_cut;

  // First nothing, then everything; then all but one thing, or only one; then by chance, with different luck.
  std::vector<std::uint32_t> sample(const std::vector<std::uint32_t>& counts, std::uint64_t n);
  void add(const moment& at, const power_cut& cut, const crash_path& before, crash one,
           std::vector<crashed_machine>& into);

  const exploration& what_;
  const explore_settings& settings_;
  const std::vector<tree_image>& trees_;
  chance& luck_;
  std::unordered_set<std::uint64_t> met_;  // marks
  std::uint64_t skipped_ = 0;
};

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/crash_states.ipp>
#endif
