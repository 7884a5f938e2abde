#pragma once

/// \file
/// Completion in a shell. The scripts are thin: they ask the program itself, which knows what it takes, and which
/// documents are in the knowledge base that the line is about.

#include "commands/answer.hpp"
#include "commands/cli.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// For `bash`, `zsh` or `fish`.
[[nodiscard]] std::string completion_script(std::string_view shell);

/// The first word of a line by which a script asks; the words of its own line follow, up to the one at the cursor.
inline constexpr std::string_view completing = "__complete";

/// One candidate a line, with a tab and a description where there is one, and at last what else the shell may complete:
/// `:files`, `:directories` or `:nothing`. Takes no lock, and changes nothing.
[[nodiscard]] answer complete(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace openkb
