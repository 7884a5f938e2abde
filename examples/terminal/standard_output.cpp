#include "terminal/standard_output.hpp"

#include "terminal/exit_code.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <string>
#include <system_error>

namespace terminal {

namespace {

// Opened the wrong way round, so that reading from it and writing to it fail as they would have.
void occupy(int descriptor) {
  if (::fcntl(descriptor, F_GETFD) != -1 || errno != EBADF) return;
  (void)::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

bool is_set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

}  // namespace

standard_output::standard_output(std::string_view program) : program_(program) {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) occupy(descriptor);
  (void)std::signal(SIGPIPE, SIG_IGN);
  std::cerr.tie(nullptr);  // it would flush, and keep to itself that it could not
}

void standard_output::note_error() {
  if (error_ == 0) error_ = errno;
}

void standard_output::write(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) note_error();
}

void standard_output::flush() {
  if (std::fflush(stdout) != 0) note_error();
}

bool standard_output::has_colours(int descriptor) {
  const char* terminal = std::getenv("TERM");
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(descriptor) == 1 && !dumb && !is_set("NO_COLOR");
}

int standard_output::close(int code) {
  flush();
  if (error_ == 0 && std::ferror(stdout) != 0) error_ = EIO;
  if (error_ == 0) return code;
  if (error_ == EPIPE) {
    (void)std::signal(SIGPIPE, SIG_DFL);
    (void)::raise(SIGPIPE);
  }
  const auto why = std::error_code(error_, std::generic_category()).message();
  std::cerr << program_ << ": standard output: " << why << "\n  the answer is lost; "
            << (code == exit_code::done ? "what was to be done is done\n" : "what else was wrong is said above\n");
  return code == exit_code::done ? exit_code::failed : code;
}

}  // namespace terminal
