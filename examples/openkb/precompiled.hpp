#pragma once

// What nearly every source here includes, so that it is parsed once.
#include <commitpoint/any_coordinator.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/mutation.hpp>
#include <commitpoint/options.hpp>
#include <commitpoint/plan.hpp>
#include <commitpoint/report.hpp>
#include <commitpoint/result.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <sqlite3.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
