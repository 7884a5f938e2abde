#include "exploring.hpp"

#include <doctest/doctest.h>

// What durability::process_crash is good for: every kill of every mutation, and of the drains that follow.

TEST_CASE("F1, F3: any kill of any mutation with durability::process_crash: old or new") {
  for (const auto* journal : {"log", "json_file", "sqlite"}) explored::explore_kills(journal);
}
