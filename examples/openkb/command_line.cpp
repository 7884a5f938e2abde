#include "command_line.hpp"

#include "error.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <iostream>
#include <map>
#include <string_view>

namespace openkb {

namespace {

std::map<std::string, commitpoint::step> crash_steps() {
  std::map<std::string, commitpoint::step> out;
  for (const auto name : commitpoint::step_names) {
    const auto step = commitpoint::step_from(name);
    if (step && *step != commitpoint::step::none) out.emplace(name, *step);
  }
  return out;
}

// In the order of the protocol.
std::string footer() {
  std::string out = "Steps for --crash-at, in the order of the protocol:\n ";
  std::size_t column = 1;
  for (const auto name : commitpoint::step_names) {
    if (name == commitpoint::to_string(commitpoint::step::none)) continue;
    if (column + name.size() > 78) {
      out += "\n ";
      column = 1;
    }
    out.append(" ").append(name);
    column += name.size() + 1;
  }
  return out +
         "\n\nExit codes: 0 done; 1 failed, and rolled back; 2 wrong usage, or no knowledge base here;\n"
         "3 needs repair (see: openkb recover); 130 interrupted, and rolled back.";
}

void add_commands(CLI::App& app, command_line& out) {
  const auto subcommand = [&](const char* name, const char* help, command c) {
    auto* sub = app.add_subcommand(name, help);
    sub->fallthrough();  // global options may also stand behind the command
    sub->callback([&out, name, c] {
      out.command = c;
      out.name = name;
    });
    return sub;
  };
  subcommand("init", "make a knowledge base", command::init);
  subcommand("add", "add documents (.md, .txt, .html), or all below a directory", command::add)
      ->add_option("path", out.paths, "a document or a directory")
      ->required()
      ->type_name("FILE|DIR");
  subcommand("list", "list the documents", command::list);
  subcommand("status", "show what is there, and what a crash left; changes nothing", command::status);
  auto* recover = subcommand("recover", "settle what a crash left, and say what was done", command::recover);
  auto* dry = recover->add_flag("--dry-run", out.dry_run, "only show it");
  auto* accept = recover->add_option("--accept", out.accept, "go on without what is quarantined under this id");
  auto* purge = recover->add_flag("--purge", out.purge, "remove the files that recoveries kept");
  accept->type_name("ID")->excludes(dry);
  purge->excludes(dry);
}

int report_error(const CLI::App& app, const CLI::ParseError& e, bool json) {
  if (e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) return app.exit(e);  // --help
  if (json) {
    const nlohmann::ordered_json object{{"status", "usage"},
                                        {"error", {{"message", e.what()}, {"advice", "run: openkb --help"}}}};
    std::cout << object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
  } else {
    std::cerr << "openkb: " << e.what() << "\n  run: openkb --help\n";
  }
  return exit_code::usage;
}

}  // namespace

std::variant<command_line, int> parse(int argc, const char* const* argv) {
  command_line out;
  CLI::App app("A knowledge base that turns documents into an interlinked wiki, all or nothing at a time.", "openkb");
  app.add_option("--kb", out.root, "the knowledge base")->type_name("DIR")->capture_default_str();
  app.add_flag("--json", out.json, "one JSON object on standard output (one a line when several documents are added)");
  const auto steps = crash_steps();
  std::string crash;
  app.add_option("--crash-at", crash, "end the process at a step of the protocol, to let a recovery be watched")
      ->type_name("STEP")
      ->check(CLI::IsMember(steps));
  app.require_subcommand(1);
  app.footer(footer());
  add_commands(app, out);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    // The flag may stand behind what was wrong.
    for (int i = 1; i < argc; ++i) out.json = out.json || std::string_view(argv[i]) == "--json";
    return report_error(app, e, out.json);
  }
  if (!crash.empty()) out.crash_at = steps.at(crash);
  return out;
}

}  // namespace openkb
