#pragma once

/// \file
/// What a drain found, for people and for programs.

#include "terminal/json.hpp"

#include <commitpoint/report.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace terminal {

namespace cp = commitpoint;

[[nodiscard]] json to_json(const cp::report& r);
[[nodiscard]] json to_json(const cp::blockage& b);

/// The commands that settle what a crash left.
struct settling {
  std::string_view recover;
  std::string_view accept;  ///< an id follows
};

/// A line for each thing to tell; `will` speaks of what is still to be done.
[[nodiscard]] std::vector<std::string> to_lines(const cp::report& r, bool will, const settling& by);

/// What to do about what blocks.
[[nodiscard]] std::string advice_on(const cp::blockage& b, const settling& by);

}  // namespace terminal
