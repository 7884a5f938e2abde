#pragma once

/// \file
/// Who watches the protocol at work.

#include <commitpoint/step.hpp>

#include <optional>
#include <string>

namespace openkb {

struct watching {
  std::optional<commitpoint::step> crash_at = {};  ///< ends the process at this step
  bool verbose = false;                            ///< each step to standard error
  std::string trace = {};                          ///< a file for Perfetto; none when empty
};

}  // namespace openkb
