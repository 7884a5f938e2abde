#pragma once

/// \file
/// Every combination of policies as a program to explore.

#include "mistakes.hpp"

#include <commitpoint/testing/explored_program.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace explored {

struct combination {
  std::string_view snapshot = "copy";  ///< or "hardlink", "reflink", "adaptive"
  std::string_view journal = "log";    ///< or "json_file", "sqlite"
  std::string_view publish = {};       ///< or "exchange", "copy"
  bool survives_power_loss = true;     ///< else `durability::process_crash`

  [[nodiscard]] std::string name() const {
    auto all = std::string(snapshot) + ", " + std::string(journal) + ", ";
    all += publish.empty() ? "rename" : publish;
    return survives_power_loss ? all : all + ", process_crash";
  }
};

[[nodiscard]] commitpoint::testing::explored_program program_of(const combination& c);

/// Every snapshot with every publish step.
[[nodiscard]] inline std::vector<combination> every_combination(std::string_view journal,
                                                                bool survives_power_loss = true) {
  std::vector<combination> all;
  for (const auto* snapshot : {"copy", "hardlink", "reflink", "adaptive"}) {
    for (const auto* publish : {"", "exchange", "copy"}) {
      all.push_back({snapshot, journal, publish, survives_power_loss});
    }
  }
  return all;
}

}  // namespace explored
