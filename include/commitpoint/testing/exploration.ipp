#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/testing/exploration.hpp>

namespace commitpoint::testing {

COMMITPOINT_INLINE std::string exploration_report::text() const {
  auto all = name + ": " + std::to_string(successes) + " of " + std::to_string(mutations) + " mutations succeeded, " +
             std::to_string(moments) + " calls, " + std::to_string(states) + " states (" + std::to_string(distinct) +
             " distinct), seed " + std::to_string(seed);
  if (!surprise.empty()) return all + "\n  FAILED undisturbed: " + surprise + "\n";
  if (failures == 0) return all + (states == 0 ? ": nothing was explored\n" : "\n");
  all += ": " + std::to_string(failures) + " FAILED\n";
  if (findings.empty()) return all;
  const auto& worst = findings.front();
  return all + "  crash " + worst.where + "\n" + worst.trace + "  " + worst.trouble + "\n";
}

}  // namespace commitpoint::testing
