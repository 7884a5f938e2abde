#include "support/engine.hpp"

TESTS_ENGINE(, support::default_engine);
TESTS_ENGINE(, support::faulty_engine);
