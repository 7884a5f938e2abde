/// \file
/// What others made and most tests include, parsed once for all of them. No test may rely on it: it only saves time.

#include <doctest/doctest.h>
#include <boost/filesystem/operations.hpp>
#include <boost/outcome.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <set>
#include <thread>
