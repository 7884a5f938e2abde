#include <commitpoint/journal/json_file.hpp>

#define CRASH_LAB_JOURNAL cp::journal::json_file
#include "support/scenarios.hpp"

// Every fault of the sweep over the log, on this journal.
#include "fault_sweep_test.cpp"

// The laboratory's scenarios, killed before every change.

namespace {

void sweep_twice(const scenario& what) {
  sweep(what, unordered);
  sweep(what, ordered);
}

}  // namespace

TEST_CASE("F1: json_file: killed before any change of a staged mutation: old or new") { sweep_twice(staged()); }
TEST_CASE("F1: json_file: killed before any change of a mutation of files in place: old or new") {
  sweep_twice(in_place_files());
}
TEST_CASE("F1: json_file: killed before any change with track_new: old or new") { sweep_twice(track_new()); }
TEST_CASE("F1: json_file: killed before any change of a mixed mutation: old or new") { sweep_twice(mixed(false)); }
TEST_CASE("F1: json_file: killed before any change of a mixed mutation that rolls back: old") {
  sweep_twice(mixed(true));
}
TEST_CASE("F1: json_file: killed in any of several mutations of one owner: one of their states") {
  sweep_twice(several());
}
TEST_CASE("F1: json_file: killed before any call at all") {
  sweep(in_place_appended(), unordered, true);
  sweep(will_create(), ordered, true);
}

TEST_CASE("F3: json_file: killed in a mutation, in the drain of it, and in the drain of that") {
  sweep_drains(in_place_appended(), unordered, 1, 1, 9);
  sweep_drains(will_create(), unordered, 2, 1, 13);
  sweep_drains(several(), ordered, 5, 3, 31);
}
TEST_CASE("F3: json_file: the same, everything mixed") {
  sweep_drains(mixed(false), unordered, 17, 7, 0);
  sweep_drains(mixed(true), unordered, 17, 7, 53);
}
