#pragma once

/// \file
/// What was asked for.

#include "terminal/answer.hpp"

#include <string>
#include <variant>
#include <vector>

namespace command {

enum class command_name { apply, run, sync, status, recover, accept, kept, log, verify, completion, help };

struct command_line {
  command_name which = command_name::status;
  std::string name;  ///< of the command
  std::string root = ".";
  std::string state;  ///< the state directory, below the root; empty: what is found
  bool json = false;
  bool quiet = false;
  bool dry_run = false;
  std::vector<std::string> words;    ///< the change set of apply; what run runs; where sync reads and writes; the id of
                                     ///< accept; what kept is to do, and with which; the shell; the topic of help
  std::vector<std::string> protect;  ///< of run
  std::vector<std::string> appended;  ///< of run
  std::vector<std::string> fresh;     ///< of run
  bool sandbox = false;               ///< of run
  bool deletes = false;               ///< of sync
  bool quick = false;                 ///< of sync
  std::vector<std::string> excluded;  ///< of sync
  bool force = false;                 ///< of kept
  bool manual = false;                ///< of help
};

/// The command, or what there is to say when that is all: help, or that the usage is wrong.
[[nodiscard]] std::variant<command_line, terminal::answer> parse(int argc, const char* const* argv);

}  // namespace command
