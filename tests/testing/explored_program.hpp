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
  bool settles_later = false;          ///< `durability::settle::later`

  [[nodiscard]] std::string name() const {
    auto all = std::string(snapshot) + ", " + std::string(journal) + ", ";
    all += publish.empty() ? "rename" : publish;
    if (settles_later) all += ", settled later";
    return survives_power_loss ? all : all + ", process_crash";
  }
};

[[nodiscard]] commitpoint::testing::explored_program program_of(const combination& c);

/// One that leaves its publish to another one, which comes to drain, and leaves nothing.
[[nodiscard]] inline commitpoint::testing::explored_program settled_by(
    const commitpoint::testing::explored_program& mutating, const commitpoint::testing::explored_program& draining) {
  return {mutating.name,
          [mutating, draining](const auto& machine, const auto& what, bool mutate, const auto& listener) {
            return (mutate ? mutating : draining).run(machine, what, mutate, listener);
          }};
}

/// Every snapshot with every publish step.
[[nodiscard]] inline std::vector<combination> every_combination(std::string_view journal,
                                                                bool survives_power_loss = true) {
  std::vector<combination> all;
  for (const auto* snapshot : {"copy", "hardlink", "reflink", "adaptive"}) {
    for (const auto* publish : {"", "exchange", "copy"}) {
      all.push_back({snapshot, journal, publish, survives_power_loss, false});
    }
  }
  return all;
}

}  // namespace explored
