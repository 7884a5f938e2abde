#pragma once

/// \file
/// The tree of a simulated disk as a value, and whether it is the one that it should be.

#include <commitpoint/system/simulated.hpp>
#include <commitpoint/testing/tree_image.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace commitpoint::testing {

/// Everything that stands below the root of the disks, but for one path and what is below it.
[[nodiscard]] tree_image image_of(const system::simulation::world& disks, std::string_view ignored);

/// Forgets the hidden names, and what is below them, that stand beside targets on other devices until a publish is
/// durable.
void drop_siblings(tree_image& image);

/// What has a later time was written by a mutation, and its time is nobody's to foretell. In ns since the epoch.
inline constexpr std::int64_t not_long_ago = 1'600'000'000'000'000'000;

/// In what two images may differ of which one is expected, beside what was written by a mutation and its time.
struct tolerances {
  std::vector<std::string> ignored_times = {};  ///< names whose time is ignored
  std::vector<std::string> orphans = {};        ///< names that may be there as well
  std::string ignored = {};  ///< a name of which nothing is compared; its directory's time is ignored
};

/// Whether what was found is what was expected.
[[nodiscard]] bool is_like(const tree_image& expected, const tree_image& found, const tolerances& but);
/// What of it is not, a line for each difference; empty when nothing is.
[[nodiscard]] std::string unlike_text(tree_image expected, tree_image found, const tolerances& but);

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/simulated_image.ipp>
#endif
