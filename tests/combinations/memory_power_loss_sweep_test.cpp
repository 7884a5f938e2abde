#include "combination.hpp"

TEST_CASE("every snapshot and publish step with journal::memory and durability::power_loss") {
  combinations::run_everywhere<commitpoint::journal::memory, commitpoint::durability::power_loss>();
}
