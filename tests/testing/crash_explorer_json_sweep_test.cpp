#include "exploring.hpp"

#include <doctest/doctest.h>

TEST_CASE("F1, F2, F3: any crash of any mutation with journal::json_file, names in no order: old or new") {
  explored::explore_all("json_file", false);
}

TEST_CASE("F1, F2, F3: any crash of any mutation with journal::json_file, names in order: old or new") {
  explored::explore_all("json_file", true);
}
