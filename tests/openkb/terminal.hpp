#pragma once

/// \file
/// Runs the sample program on a terminal, and with a standard output that is out of the ordinary.

#include "program.hpp"

#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string>
#include <vector>

namespace openkb::testing {

/// What a terminal was sent, and how the program ended.
struct screen {
  int code = 0;
  std::string text;
};

namespace detail {

[[noreturn]] inline void become_program(const place& at, std::vector<std::string> arguments,
                                        const std::vector<std::string>& environment) {
  ::clearenv();
  for (const auto& variable : environment) ::putenv(const_cast<char*>(variable.c_str()));
  const std::string kb = at.kb().native();
  std::vector<char*> argv;
  std::string program = OPENKB_PROGRAM;
  std::string option = "--kb";
  for (auto* word : {&program, &option}) argv.push_back(word->data());
  argv.push_back(const_cast<char*>(kb.c_str()));
  for (auto& word : arguments) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execv(program.c_str(), argv.data());
  ::_exit(127);
}

inline int exit_code_of(pid_t id) {
  int status = 0;
  REQUIRE(::waitpid(id, &status, 0) == id);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace detail

inline screen run_on_terminal(const place& at, std::vector<std::string> arguments,
                              std::vector<std::string> environment = {"TERM=xterm"}) {
  int terminal = -1;
  const auto id = ::forkpty(&terminal, nullptr, nullptr, nullptr);
  REQUIRE(id >= 0);
  if (id == 0) detail::become_program(at, std::move(arguments), environment);
  screen out;
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto count = ::read(terminal, buffer.data(), buffer.size());
    if (count <= 0) break;  // EIO: nobody has it open any more
    out.text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  ::close(terminal);
  out.code = detail::exit_code_of(id);
  return out;
}

/// With a pipe as standard output whose reader has gone.
inline int run_without_reader(const place& at, std::vector<std::string> arguments) {
  std::array<int, 2> ends{};
  REQUIRE(::pipe(ends.data()) == 0);
  ::close(ends[0]);
  const auto id = ::fork();
  REQUIRE(id >= 0);
  if (id == 0) {
    ::dup2(ends[1], STDOUT_FILENO);
    ::close(ends[1]);
    detail::become_program(at, std::move(arguments), {"PATH=/usr/bin:/bin"});
  }
  ::close(ends[1]);
  return detail::exit_code_of(id);
}

}  // namespace openkb::testing
