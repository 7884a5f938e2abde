#include "all.hpp"

int other();

int main() { return other(); }
