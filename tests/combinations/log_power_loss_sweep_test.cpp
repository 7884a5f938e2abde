#include "combination.hpp"

TEST_CASE("every snapshot and publish step with journal::log and durability::power_loss") {
  combinations::run_everywhere<commitpoint::journal::log, commitpoint::durability::power_loss>();
}
