#pragma once

/// \file
/// What there is to say when a command line asks for nothing but words: help, a script, or that it is wrong.

#include <string>

namespace terminal {

struct answer {
  int code = 0;      ///< to exit with
  std::string text;  ///< for standard output
  std::string complaint = {};
};

}  // namespace terminal
