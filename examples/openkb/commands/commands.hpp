#pragma once

/// \file
/// One function a command; each gives the exit code.

#include "commands/command_line.hpp"
#include "commands/output.hpp"

#include <stop_token>

namespace openkb {

[[nodiscard]] int init(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int add(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int list(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int export_to(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int show(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int search(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int status(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int remove(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int recompile(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int lint(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int recover(const command_line& asked, std::stop_token stop, output& out);

}  // namespace openkb
