#pragma once

/// \file
/// What is said of a command line that cannot be understood: what was not, and what it may have been meant to be.

#include "terminal/answer.hpp"
#include "terminal/cli.hpp"

#include <string>
#include <vector>

namespace terminal {

struct misuse {
  std::string command;  ///< as it was written; may be empty
  std::string message;
};

/// For an exception of CLI11, which may also be a request for help. `words` are those of the command line.
[[nodiscard]] answer usage_answer(const CLI::App& app, const CLI::ParseError& e, const std::vector<std::string>& words);
[[nodiscard]] answer usage_answer(const CLI::App& app, const misuse& wrong, bool as_json);

/// `unknown command "ad": did you mean "add"?`
[[nodiscard]] std::string unknown_word(const std::string& kind, const std::string& word,
                                       const std::vector<std::string>& known);

[[nodiscard]] std::vector<const CLI::App*> commands_of(const CLI::App& app);
/// One that may be written behind a command, or before any (null). Without its hyphens; null when there is none.
[[nodiscard]] const CLI::Option* option_named(const CLI::App& app, const CLI::App* command, const std::string& name);
/// What the help shows as the kind of an option's value, without what is checked of it.
[[nodiscard]] std::string kind_of_value(const CLI::Option& option);
[[nodiscard]] std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands);
/// Those that can be written behind a command: its own, and the global ones. With their hyphens.
[[nodiscard]] std::vector<std::string> options_of(const CLI::App& app, const CLI::App* command);

}  // namespace terminal
