#pragma once

/// \file
/// What is counted, under the names of budgets.hpp, on the standard workload (docs/benchmarks.md).

#include "counted.hpp"

#include <string_view>

namespace budgets {

/// Prepares a scenario, and counts it once: what only the first mutation of an owner pays was paid before. Throws when
/// something fails, or when there is no scenario of that name.
cost cost_of(std::string_view scenario);

}  // namespace budgets
