#include "combination.hpp"

TEST_CASE("every snapshot and publish step with journal::sqlite and durability::process_crash") {
  combinations::run_everywhere<commitpoint::journal::sqlite, commitpoint::durability::process_crash>();
}
