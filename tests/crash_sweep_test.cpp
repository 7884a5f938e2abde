#include "support/scenarios.hpp"

using namespace crash_lab;

namespace {

// On both kinds of file system, and by both ways of opening.
void sweep_twice(const scenario& what) {
  sweep(what, {.ordered_metadata = false, .use_openat2 = true});
  sweep(what, {.ordered_metadata = true, .use_openat2 = false});
}

void sweep_everywhere(const scenario& what) {
  sweep_twice(what);
  sweep(what, {.ordered_metadata = false, .use_openat2 = false});
  sweep(what, {.ordered_metadata = true, .use_openat2 = true});
}

}  // namespace

TEST_CASE("F1: killed before any change of a staged mutation: old or new") { sweep_everywhere(staged()); }
TEST_CASE("F1: killed before any change of the rename of a tree: old or new") { sweep_twice(tree_rename()); }
TEST_CASE("F1: killed before any change of the removal of a tree: old or new") { sweep_twice(tree_remove()); }
TEST_CASE("F1: killed while files and directories take each other's place: old or new") { sweep_twice(type_changes()); }
TEST_CASE("F1: killed before any change of a mutation of files in place: old or new") { sweep_twice(in_place_files()); }
TEST_CASE("F1: killed before any change of a mutation of a tree in place: old or new") { sweep_twice(in_place_tree()); }
TEST_CASE("F1: killed before any change of mutations of a tree that is saved by links: old or new") {
  sweep_twice(in_place_replaced_tree());
}
TEST_CASE("F1: killed before any change of a mutation that appends in place: old or new") {
  sweep_twice(in_place_appended());
}
TEST_CASE("F1: killed before any change with will_create: old or new") { sweep_twice(will_create()); }
TEST_CASE("F1: killed before any change with track_new: old or new, and its one window") { sweep_twice(track_new()); }
TEST_CASE("F1: killed before any change of a mixed mutation: old or new") { sweep_twice(mixed(false)); }
TEST_CASE("F1: killed before any change of a mixed mutation that rolls back: old") { sweep_everywhere(mixed(true)); }
TEST_CASE("F1: killed before any change with private staging directories: old or new") {
  sweep_twice(private_staging());
}
TEST_CASE("F1: killed in any of several mutations of one owner: one of their states") { sweep_twice(several()); }

TEST_CASE("F1: killed before any change of a batch of savepoints: old or new") {
  sweep_twice(savepoints(false));
  sweep(savepoints(true), {.ordered_metadata = false, .use_openat2 = true});
}
TEST_CASE("F1: killed before any change with compensations: old or new") {
  sweep_twice(compensation(false));
  sweep_twice(compensation(true));
}

TEST_CASE("F1: killed before any call at all") {
  sweep(in_place_appended(), {.ordered_metadata = false}, true);
  sweep(will_create(), {.ordered_metadata = true}, true);
}
