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

/// Leaves only what has to be equal of two images of which one is expected.
void drop_unforeseeable_times(tree_image& expected, tree_image& found, const std::vector<std::string>& ignored_times);

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/simulated_image.ipp>
#endif
