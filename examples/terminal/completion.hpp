#pragma once

/// \file
/// Completion in a shell. The scripts are thin: they ask the program itself, which knows what it takes.

#include "terminal/answer.hpp"
#include "terminal/cli.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace terminal {

/// For `bash`, `zsh` or `fish`, and a program of that name.
[[nodiscard]] std::string completion_script(std::string_view shell, const std::string& program);

/// The first word of a line by which a script asks; the words of its own line follow, up to the one at the cursor.
inline constexpr std::string_view completing = "__complete";

struct candidate {
  std::string word;
  std::string what = {};  ///< a description
};

/// What only the program knows.
struct to_complete {
  std::string kind;                            ///< of value, as the help shows it
  std::string begun;                           ///< what was written of it
  std::map<std::string, std::string> options;  ///< what else stands on the line, by names without hyphens
};
using known_values = std::function<std::vector<candidate>(const to_complete& what)>;

/// One candidate a line, with a tab and a description where there is one, and at last what else the shell may complete:
/// `:files`, `:directories` or `:nothing`. Takes no lock, and changes nothing.
[[nodiscard]] answer complete(const CLI::App& app, const std::vector<std::string>& words,
                              const known_values& values = {});

}  // namespace terminal
