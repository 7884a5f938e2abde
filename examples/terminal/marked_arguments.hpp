#pragma once

/// \file
/// Arguments are what they are, whatever CLI11 would make of them: it takes `[a,b]` for a list, `++` for the end of a
/// command, and what begins with a hyphen for an option. So each gets a mark in front before CLI11 sees it, and loses
/// it when CLI11 hands it out.

#include "terminal/cli.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace terminal {

/// The words of a command line with each argument marked. Arguments are what stands behind the command and is no
/// option, all that follows a `--`, and of the command `hyphenated` whatever has one hyphen, such as `-house`, which is
/// no `-h`; only that itself stays what it is.
[[nodiscard]] std::vector<std::string> with_marked_arguments(const CLI::App& app, const std::vector<std::string>& words,
                                                             std::string_view hyphenated = {});

/// Has every command take its arguments without the mark. Before anything else looks at them, so it is asked for last.
void unmark_arguments(CLI::App& app);

[[nodiscard]] std::string unmarked(const std::string& word);

}  // namespace terminal
