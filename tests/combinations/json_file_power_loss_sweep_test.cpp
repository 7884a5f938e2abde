#include "combination.hpp"

TEST_CASE("every snapshot and publish step with journal::json_file and durability::power_loss") {
  combinations::run_everywhere<commitpoint::journal::json_file, commitpoint::durability::power_loss>();
}
