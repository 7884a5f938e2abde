#pragma once

/// \file
/// What was asked for.

#include <commitpoint/step.hpp>

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace openkb {

enum class command { init, add, list, status, recover };

struct command_line {
  openkb::command command = command::status;
  std::string name;  ///< of the command
  std::string root = ".";
  bool json = false;
  std::optional<commitpoint::step> crash_at;
  std::vector<std::string> paths;  ///< of add
  bool dry_run = false;            ///< of recover
  bool purge = false;
  std::string accept;
};

/// The command, or the exit code when there is nothing more to do (help was printed, or the usage was wrong).
[[nodiscard]] std::variant<command_line, int> parse(int argc, const char* const* argv);

}  // namespace openkb
