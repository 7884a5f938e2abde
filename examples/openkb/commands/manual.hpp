#pragma once

/// \file
/// The manual page: made of what the command line takes, so that it is never behind.

#include "commands/cli.hpp"

#include <string>

namespace openkb {

/// For `man -l -`, in the macros of man(7).
[[nodiscard]] std::string manual(const CLI::App& app);

}  // namespace openkb
