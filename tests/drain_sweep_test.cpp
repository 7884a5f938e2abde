#include "support/scenarios.hpp"

using namespace crash_lab;

namespace {
constexpr machine unordered{.ordered_metadata = false, .use_openat2 = true};
constexpr machine ordered{.ordered_metadata = true, .use_openat2 = true};
}  // namespace

TEST_CASE("F3: killed in a mutation, in the drain of it, and in the drain of that: small mutations") {
  sweep_drains(in_place_appended(), unordered, 1, 1, 9);
  sweep_drains(will_create(), unordered, 2, 1, 13);
  sweep_drains(track_new(), ordered, 3, 2, 11);
}

TEST_CASE("F3: the same, files in place") { sweep_drains(in_place_files(), unordered, 5, 3, 23); }
TEST_CASE("F3: the same, a tree in place") { sweep_drains(in_place_tree(), ordered, 7, 4, 0); }
TEST_CASE("F3: the same, a tree that is saved by links") { sweep_drains(in_place_replaced_tree(), unordered, 9, 4, 0); }
TEST_CASE("F3: the same, staged") {
  sweep_drains(staged(), unordered, 11, 5, 37);
  sweep_drains(staged(), ordered, 13, 7, 0);
}
TEST_CASE("F3: the same, everything mixed") {
  sweep_drains(mixed(false), unordered, 13, 7, 0);
  sweep_drains(mixed(true), unordered, 13, 7, 53);
}
TEST_CASE("F3: the same, private staging directories") { sweep_drains(private_staging(), unordered, 4, 4, 0); }
TEST_CASE("F3: the same, several mutations") { sweep_drains(several(), unordered, 5, 5, 31); }
TEST_CASE("F3: the same, savepoints") { sweep_drains(savepoints(true), unordered, 17, 7, 61); }
TEST_CASE("F3: the same, compensations") { sweep_drains(compensation(true), ordered, 3, 2, 13); }
TEST_CASE("F3: the same, types that change") { sweep_drains(type_changes(), ordered, 7, 5, 0); }
