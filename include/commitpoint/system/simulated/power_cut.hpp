#pragma once

/// \file
/// What a power cut may leave of a world: every way in which the questions that no sync has settled can be answered.
///
/// The questions, in this order, and the answers of each, of which 0 is always "as it was durable":
///
///     names     with ordered metadata one question for each file system: how many of its steps, in their order;
///               without, one for each name: which of the things that it led to since, or nothing
///     metadata  of each node: mode, owner, time and attributes as they were, or as they were set since
///     size      of each file, of those that it had since
///     block     of each file: as after which of the writes to it; a block that is new may also hold garbage
///
/// Nothing else is assumed: a file may have its new size and its old bytes, a name may be there before what it names.

#include <commitpoint/system/simulated/world.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace commitpoint::system::simulation {

/// The questions of one world, and the worlds that the answers lead to. The world outlives it.
class power_cut {
 public:
  explicit power_cut(const world& of);

  /// How many answers each question has.
  [[nodiscard]] const std::vector<std::uint32_t>& answers() const noexcept { return counts_; }

  /// In how many ways all can be answered; the largest number if they are more than can be counted.
  [[nodiscard]] std::uint64_t states() const noexcept;

  /// The world after the machine was started again, everything in it durable. One answer for each question.
  [[nodiscard]] world survivor(std::span<const std::uint32_t> chosen) const;

  /// What the answers say, for people: what did not survive as it was last seen.
  [[nodiscard]] std::string describe(std::span<const std::uint32_t> chosen) const;

 private:
  enum class about : std::uint8_t { steps, name, metadata, size, block };
  struct question {
    about what;
    inode_number node = 0;    // the directory of a name; the device of steps
    std::uint64_t which = 0;  // the block
    std::string_view name = {};
    std::vector<inode_number> leads_to = {};  // of a name
  };
  struct content_left {
    std::uint64_t size = 0;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> versions;
  };

  void ask(question q, std::size_t count);
  [[nodiscard]] std::string place_of(inode_number n) const;
  [[nodiscard]] std::string describe(const question& q, std::uint32_t chosen, std::uint32_t count) const;
  void ask_names();

  // Of a node that no name can lead to any more nothing is asked.
  [[nodiscard]] std::vector<bool> findable() const;
  void ask_nodes();
  void restore_names(world& left, std::span<const std::uint32_t> chosen) const;
  static void lead(world& left, inode_number directory, std::string_view name, inode_number to);
  void answer(world& left, const question& q, std::uint32_t chosen) const;
  [[nodiscard]] std::map<inode_number, content_left> collect_blocks(std::span<const std::uint32_t> chosen) const;

  // Counts links, and forgets what no name leads to. A directory has one place: where a rename left it in two, the
  // first that is met.
  static void settle(world& left);
  const world& of_;
  std::vector<question> questions_;
  std::vector<std::uint32_t> counts_;
};

/// A number that two worlds share if the same can be seen in both, whatever their clocks say.
[[nodiscard]] std::uint64_t fingerprint(const world& of);

}  // namespace commitpoint::system::simulation

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/system/simulated/power_cut.ipp>
#endif
