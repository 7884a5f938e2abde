#include "commands/command_line.hpp"
#include "commands/commands.hpp"
#include "terminal/interrupt.hpp"

#include <exception>
#include <iostream>
#include <system_error>
#include <variant>

namespace {

int carry_out(const command::command_line& asked, std::stop_token stop, command::output& out) {
  using command::command_name;
  switch (asked.which) {
    case command_name::apply: return command::apply(asked, std::move(stop), out);
    case command_name::run: return command::run(asked, std::move(stop), out);
    case command_name::sync: return command::sync(asked, std::move(stop), out);
    case command_name::status: return command::status(asked, std::move(stop), out);
    case command_name::recover: return command::recover(asked, std::move(stop), out);
    case command_name::accept: return command::accept(asked, std::move(stop), out);
    case command_name::kept: return command::kept(asked, std::move(stop), out);
    case command_name::log: return command::log(asked, std::move(stop), out);
    case command_name::verify: return command::verify(asked, std::move(stop), out);
    case command_name::completion:
    case command_name::help: break;  // the answer was known already
  }
  return command::exit_code::usage;
}

commitpoint::failure failure_of(const std::exception& e) {
  if (const auto* told = dynamic_cast<const std::system_error*>(&e)) return {told->code(), {}, e.what()};
  return {std::make_error_code(std::errc::not_enough_memory), {}, e.what()};
}

}  // namespace

int main(int argc, char** argv) {
  terminal::standard_output written("commitpoint");
  const auto parsed = command::parse(argc, argv);
  if (const auto* known = std::get_if<terminal::answer>(&parsed)) {
    written.write(known->text);
    written.flush();
    std::cerr << known->complaint;
    return written.close(known->code);
  }
  const auto& asked = std::get<command::command_line>(parsed);
  command::output out(written, command::speaker, {.json = asked.json, .quiet = asked.quiet}, asked.name);
  const terminal::interrupt ctrl_c;
  try {
    return written.close(carry_out(asked, ctrl_c.token(), out));
  } catch (const std::exception& e) {
    // A mutation that was running has been rolled back by the time an exception gets here.
    return written.close(out.failed("failed", {}, failure_of(e)));
  }
}
