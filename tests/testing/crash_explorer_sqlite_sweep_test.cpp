#include "exploring.hpp"

#include <doctest/doctest.h>

// Every snapshot and publish step with rows and files in one mutation: SQLite's files are on the simulated disk too.

TEST_CASE("F1, F2, F3, F32, F33: any crash of any mutation with journal::sqlite, names in no order: old or new") {
  explored::explore_all("sqlite", false);
}

TEST_CASE("F1, F2, F3, F32, F33: any crash of any mutation with journal::sqlite, names in order: old or new") {
  explored::explore_all("sqlite", true);
}
