#include "combination.hpp"

TEST_CASE("every snapshot and publish step with journal::json_file and durability::process_crash") {
  combinations::run_everywhere<commitpoint::journal::json_file, commitpoint::durability::process_crash>();
}
