#include "all.hpp"

int other();

int other() { return 0; }
