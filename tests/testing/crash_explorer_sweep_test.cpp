#include "exploring.hpp"

#include <doctest/doctest.h>

// Every snapshot and publish step, under both settings of the disk, for every shape of mutation.

TEST_CASE("F1, F2, F3: any crash of any mutation with journal::log, names in no order: old or new") {
  explored::explore_all("log", false);
}

TEST_CASE("F1, F2, F3: any crash of any mutation with journal::log, names in order: old or new") {
  explored::explore_all("log", true);
}
