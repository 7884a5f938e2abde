#pragma once

/// \file
/// Every combination of policies as a program to explore, from one compiled engine.

#include "mistakes.hpp"

#include <commitpoint/testing/explored_program.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace explored {

struct combination {
  std::string_view snapshot = "copy";  ///< or "hardlink", "reflink", "adaptive"
  bool readable = false;               ///< `json_file` instead of `log`
  std::string_view publish = {};       ///< or "exchange", "copy"

  [[nodiscard]] std::string name() const {
    return std::string(snapshot) + ", " + (readable ? "json_file" : "log") + ", " +
           (publish.empty() ? "rename" : std::string(publish));
  }
};

[[nodiscard]] commitpoint::testing::explored_program program_of(const combination& c);

/// Every snapshot with every publish step.
[[nodiscard]] inline std::vector<combination> every_combination(bool readable) {
  std::vector<combination> all;
  for (const auto* snapshot : {"copy", "hardlink", "reflink", "adaptive"}) {
    for (const auto* publish : {"", "exchange", "copy"}) all.push_back({snapshot, readable, publish});
  }
  return all;
}

}  // namespace explored
