#include "combination.hpp"

TEST_CASE("every snapshot and publish step with journal::sqlite and durability::power_loss") {
  combinations::run_everywhere<commitpoint::journal::sqlite, commitpoint::durability::power_loss>();
}
