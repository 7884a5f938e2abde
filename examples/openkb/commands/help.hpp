#pragma once

/// \file
/// What openkb says of itself.

#include "terminal/answer.hpp"
#include "terminal/cli.hpp"
#include "terminal/manual.hpp"

#include <string>

namespace openkb {

[[nodiscard]] std::string version_text();

/// For the manual page and the help.
[[nodiscard]] terminal::about_program about_openkb();

/// The steps that `--crash-at` takes, in the order of the protocol.
[[nodiscard]] terminal::answer crash_steps_help();

/// Of the whole program, or of a command; `crash-at` is a topic as well.
[[nodiscard]] terminal::answer help(const CLI::App& app, const std::string& topic, bool as_json);

}  // namespace openkb
