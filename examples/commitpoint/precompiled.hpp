#pragma once

// What nearly every source here includes, so that it is parsed once.
#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/report.hpp>
#include <commitpoint/result.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
