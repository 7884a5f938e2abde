#include "combination.hpp"

TEST_CASE("every snapshot and publish step with journal::memory and durability::process_crash") {
  combinations::run_everywhere<commitpoint::journal::memory, commitpoint::durability::process_crash>();
}
