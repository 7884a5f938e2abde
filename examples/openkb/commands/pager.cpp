#include "commands/pager.hpp"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace openkb {

namespace {

std::string pager() {
  const char* chosen = std::getenv("PAGER");
  if (chosen != nullptr) return chosen;
  return "if command -v less >/dev/null; then exec less; elif command -v more >/dev/null; then exec more; else exec "
         "cat;"
         " fi";
}

}  // namespace

// Who leaves the pager before the end has seen enough: that a pipe has no reader any more is no failure.
bool show_in_pager(std::string_view text) {
  const auto command = pager();
  if (command.empty()) return false;
  // For less, as git has it: what fits on a screen stays there, and it does not wait. Not that escape sequences are
  // let through.
  ::setenv("LESS", "FX", 0);
  std::FILE* to = ::popen(command.c_str(), "w");
  if (to == nullptr) return false;
  (void)std::fwrite(text.data(), 1, text.size(), to);
  constexpr int not_found = 127;
  const int status = ::pclose(to);
  return !WIFEXITED(status) || WEXITSTATUS(status) != not_found;
}

}  // namespace openkb
