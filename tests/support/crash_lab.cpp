#include "support/crash_lab.hpp"

TESTS_ENGINE(, crash_lab::engine);
