#pragma once

/// \file
/// Arguments that begin as options do.

#include "commands/cli.hpp"

#include <string>
#include <vector>

namespace openkb {

/// The words of a command line in an order in which CLI11 cannot mistake an argument for an option: those that begin
/// with a hyphen stand behind `--`, with all others. They are what follows a `--`, and of `search` whatever has one
/// hyphen, such as `-house`, which is no `-h`; only that itself stays what it is.
[[nodiscard]] std::vector<std::string> with_arguments_last(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace openkb
