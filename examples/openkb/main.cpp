#include "commands/command_line.hpp"
#include "commands/commands.hpp"
#include "commands/interrupt.hpp"
#include "commands/output.hpp"
#include "knowledge_base/error.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <variant>

namespace {

// Documents that wait to be committed have a file open each, and what a shell allows by default is meant for programs
// that use select(2).
void allow_more_open_files() {
  constexpr rlim_t enough = 16'384;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= enough) return;
  limit.rlim_cur = std::min(limit.rlim_max, enough);
  (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

int run(const openkb::command_line& asked, std::stop_token stop, openkb::output& out) {
  switch (asked.command) {
    case openkb::command::init: return openkb::init(asked, std::move(stop), out);
    case openkb::command::add: return openkb::add(asked, std::move(stop), out);
    case openkb::command::list: return openkb::list(asked, std::move(stop), out);
    case openkb::command::search: return openkb::search(asked, std::move(stop), out);
    case openkb::command::status: return openkb::status(asked, std::move(stop), out);
    case openkb::command::remove: return openkb::remove(asked, std::move(stop), out);
    case openkb::command::recompile: return openkb::recompile(asked, std::move(stop), out);
    case openkb::command::lint: return openkb::lint(asked, std::move(stop), out);
    case openkb::command::recover: return openkb::recover(asked, std::move(stop), out);
    case openkb::command::completion: break;  // it was printed already
  }
  return openkb::exit_code::usage;
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = openkb::parse(argc, argv);
  if (const auto* code = std::get_if<int>(&parsed)) return *code;
  const auto& asked = std::get<openkb::command_line>(parsed);
  openkb::output out(asked.json, asked.name);
  const openkb::interrupt ctrl_c;
  allow_more_open_files();
  try {
    return run(asked, ctrl_c.token(), out);
  } catch (const std::exception& e) {
    // A mutation that was running has been rolled back by the time an exception gets here.
    out.object({{"status", "failed"}, {"error", {{"message", e.what()}}}});
    out.note(e.what());
    return openkb::exit_code::failed;
  }
}
