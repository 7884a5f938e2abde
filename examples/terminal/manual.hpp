#pragma once

/// \file
/// The manual page: made of what the command line takes, so that it is never behind.

#include "terminal/cli.hpp"

#include <string>
#include <vector>

namespace terminal {

/// A name, and what is to be said of it.
struct described {
  std::string name;
  std::string what;
};

/// What the command line does not know.
struct about_program {
  std::string version;
  std::string what;  ///< in a few words
  std::vector<described> exit_codes;
  std::vector<described> environment;
};

/// For `man -l -`, in the macros of man(7).
[[nodiscard]] std::string manual(const CLI::App& app, const about_program& about);

/// The exit codes as lines of the help.
[[nodiscard]] std::string exit_codes_text(const std::vector<described>& codes);

}  // namespace terminal
