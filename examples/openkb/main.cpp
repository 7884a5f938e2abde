#include "commands/command_line.hpp"
#include "commands/commands.hpp"
#include "commands/output.hpp"
#include "knowledge_base/error.hpp"
#include "page_index/pdf_file.hpp"
#include "page_index/serve_pdf.hpp"
#include "terminal/interrupt.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <exception>
#include <iostream>
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
    case openkb::command::show: return openkb::show(asked, std::move(stop), out);
    case openkb::command::export_to: return openkb::export_to(asked, std::move(stop), out);
    case openkb::command::search: return openkb::search(asked, std::move(stop), out);
    case openkb::command::status: return openkb::status(asked, std::move(stop), out);
    case openkb::command::remove: return openkb::remove(asked, std::move(stop), out);
    case openkb::command::recompile: return openkb::recompile(asked, std::move(stop), out);
    case openkb::command::lint: return openkb::lint(asked, std::move(stop), out);
    case openkb::command::recover: return openkb::recover(asked, std::move(stop), out);
    case openkb::command::completion:
    case openkb::command::help: break;  // the answer was known already
  }
  return openkb::exit_code::usage;
}

}  // namespace

int main(int argc, char** argv) {
  // It starts itself to read a PDF, so that what is wrong with one ends that process alone.
  if (argc == 3 && argv[1] == page_index::reader_option) return page_index::serve_pdf(argv[2]);
  page_index::read_pdfs_in_processes("/proc/self/exe");
  terminal::standard_output written("openkb");
  const auto parsed = openkb::parse(argc, argv);
  if (const auto* known = std::get_if<terminal::answer>(&parsed)) {
    written.write(known->text);
    written.flush();
    std::cerr << known->complaint;
    return written.close(known->code);
  }
  const auto& asked = std::get<openkb::command_line>(parsed);
  openkb::output out(written, {.json = asked.json, .quiet = asked.quiet}, asked.name);
  const terminal::interrupt ctrl_c;
  allow_more_open_files();
  try {
    return written.close(run(asked, ctrl_c.token(), out));
  } catch (const std::exception& e) {
    // A mutation that was running has been rolled back by the time an exception gets here.
    return written.close(out.failed("failed", {}, openkb::failure_of(e)));
  }
}
