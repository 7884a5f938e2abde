#include "support/scenarios.hpp"

using namespace crash_lab;

namespace {
constexpr machine unordered{.ordered_metadata = false, .use_openat2 = true};
constexpr machine ordered{.ordered_metadata = true, .use_openat2 = true};
}  // namespace

TEST_CASE("F3: killed in a mutation, in the drain of it, and in the drain of that: small mutations in full") {
  sweep_drains(in_place_appended(), unordered, 1, 1, 5);
  sweep_drains(will_create(), unordered, 1, 1, 7);
  sweep_drains(track_new(), unordered, 2, 1, 9);
}

TEST_CASE("F3: the same, files in place") { sweep_drains(in_place_files(), unordered, 5, 2, 17); }
TEST_CASE("F3: the same, a tree in place") { sweep_drains(in_place_tree(), ordered, 6, 3, 23); }
TEST_CASE("F3: the same, staged") {
  sweep_drains(staged(), unordered, 9, 3, 31);
  sweep_drains(staged(), ordered, 9, 4, 0);
}
TEST_CASE("F3: the same, everything mixed") {
  sweep_drains(mixed(false), unordered, 11, 5, 41);
  sweep_drains(mixed(true), unordered, 9, 5, 37);
}
TEST_CASE("F3: the same, private staging directories") { sweep_drains(private_staging(), unordered, 3, 2, 13); }
TEST_CASE("F3: the same, several mutations") { sweep_drains(several(), unordered, 4, 3, 19); }
TEST_CASE("F3: the same, types that change") { sweep_drains(type_changes(), ordered, 5, 3, 23); }
