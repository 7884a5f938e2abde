#include "combination.hpp"

TEST_CASE("every snapshot and publish step with journal::log and durability::process_crash") {
  combinations::run_everywhere<commitpoint::journal::log, commitpoint::durability::process_crash>();
}
