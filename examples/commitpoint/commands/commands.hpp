#pragma once

/// \file
/// One function a command; each gives the exit code.

#include "commands/command_line.hpp"
#include "roots/any_root.hpp"
#include "roots/error.hpp"
#include "terminal/output.hpp"

#include <stop_token>

namespace command {

using terminal::json;
using terminal::output;
using terminal::tone;

inline constexpr terminal::program speaker{
    "commitpoint", {"commitpoint recover", "commitpoint accept"}, exit_code_of, cause_of, advice_for};

[[nodiscard]] int apply(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int run(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int sync(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int status(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int recover(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int accept(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int kept(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int log(const command_line& asked, std::stop_token stop, output& out);
[[nodiscard]] int verify(const command_line& asked, std::stop_token stop, output& out);

/// The root that was asked for, opened.
struct opened {
  known_root where;
  cp::any_coordinator coordinator;
};
[[nodiscard]] cp::result<opened> open(const command_line& asked, directories replaced = directories::stay);
/// The same where a program has opened it before.
/// \errors no_root.
[[nodiscard]] cp::result<opened> open_existing(const command_line& asked);

/// Takes the lock; says that it waits, and what was recovered.
[[nodiscard]] cp::result<cp::owner> acquire(opened& root, std::stop_token stop, output& out);

/// A failure, with what blocks if that is it.
int failed(opened* root, const cp::failure& f, output& out, const std::string& about = {},
           const json& more = json::object());

}  // namespace command
