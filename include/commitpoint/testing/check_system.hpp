#pragma once

/// \file
/// The conformance suite of systems.

#include <commitpoint/system/door.hpp>
#include <commitpoint/testing/conformance_report.hpp>

#include <string>

namespace commitpoint::testing {

/// Checks a system in `where`, a directory that it can open with `open_root`. Every check makes a directory in it.
[[nodiscard]] conformance_report check_system(system::door& system, const std::string& where);
/// The same of one that was made for it.
[[nodiscard]] inline conformance_report check_system(system::door&& system, const std::string& where) {
  return check_system(system, where);
}

}  // namespace commitpoint::testing

#ifndef COMMITPOINT_COMPILED
#include <commitpoint/testing/check_system.ipp>
#endif
