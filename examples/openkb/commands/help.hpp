#pragma once

/// \file
/// What openkb says of itself.

#include "commands/answer.hpp"
#include "commands/cli.hpp"

#include <string>

namespace openkb {

[[nodiscard]] std::string version_text();

/// The exit codes, a line each.
[[nodiscard]] std::string exit_codes_text();

/// The steps that `--crash-at` takes, in the order of the protocol.
[[nodiscard]] answer crash_steps_help();

/// Of the whole program, or of a command; `crash-at` is a topic as well.
[[nodiscard]] answer help(const CLI::App& app, const std::string& topic, bool as_json);

}  // namespace openkb
