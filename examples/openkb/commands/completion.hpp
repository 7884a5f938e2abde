#pragma once

/// \file
/// Scripts that let a shell complete openkb's commands and options.

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

struct completed_command {
  std::string name;
  std::string help;
  std::vector<std::string> options;
};

/// For `bash`, `zsh` or `fish`; made of what the command line takes, so that it is never behind.
[[nodiscard]] std::string completion_script(std::string_view shell, const std::vector<completed_command>& commands,
                                            const std::vector<std::string>& global_options);

}  // namespace openkb
