#include "terminal/usage.hpp"

#include "terminal/exit_code.hpp"
#include "terminal/json.hpp"
#include "terminal/marked_arguments.hpp"
#include "terminal/nearest.hpp"
#include "terminal/printable.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>

namespace terminal {

namespace {

void add_options_of(const CLI::App& app, std::vector<std::string>& out) {
  for (const auto* option : app.get_options()) {
    for (const auto& name : option->get_lnames()) {
      const auto written = "--" + name;
      if (std::ranges::find(out, written) == out.end()) out.push_back(written);
    }
  }
}

// What CLI11 could make nothing of says more than its own complaint, which is often of what is missing instead.
misuse misuse_in(const CLI::App& app, const CLI::ParseError& e) {
  const auto asked_for = app.get_subcommands();
  const auto* command = asked_for.empty() ? nullptr : asked_for.front();
  misuse out{command == nullptr ? std::string{} : command->get_name(), e.what()};
  const auto left = app.remaining(true);
  const auto option =
      std::ranges::find_if(left, [](const std::string& w) { return w.starts_with('-') && w.size() > 1; });
  if (option != left.end()) {
    out.message = unknown_word("option", option->substr(0, option->find('=')), options_of(app, command));
  } else if (command == nullptr && !left.empty()) {
    out.command = left.front();
    out.message = unknown_word("command", left.front(), names_of(commands_of(app)));
  } else if (command == nullptr && left.empty() && dynamic_cast<const CLI::RequiredError*>(&e) != nullptr) {
    out.message = "no command";
  } else if (!left.empty()) {
    out.message = out.command + " takes no such argument: \"" + unmarked(left.front()) + '"';
  }
  return out;
}

}  // namespace

std::vector<const CLI::App*> commands_of(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

const CLI::Option* option_named(const CLI::App& app, const CLI::App* command, const std::string& name) {
  for (const auto* of : {command, &app}) {
    if (of == nullptr) continue;
    for (const auto* option : of->get_options()) {
      if (option->check_lname(name)) return option;
    }
  }
  return nullptr;
}

std::string kind_of_value(const CLI::Option& option) {
  const auto shown = option.get_type_name();
  return shown.substr(0, shown.find(':'));
}

std::vector<std::string> names_of(const std::vector<const CLI::App*>& commands) {
  std::vector<std::string> out;
  out.reserve(commands.size());
  for (const auto* command : commands) out.push_back(command->get_name());
  return out;
}

std::vector<std::string> options_of(const CLI::App& app, const CLI::App* command) {
  std::vector<std::string> out;
  if (command != nullptr) add_options_of(*command, out);
  add_options_of(app, out);
  return out;
}

std::string unknown_word(const std::string& kind, const std::string& word, const std::vector<std::string>& known) {
  const auto meant = did_you_mean(word, known);
  return "unknown " + kind + " \"" + word + '"' + (meant.empty() ? "" : ": " + meant);
}

answer usage_answer(const CLI::App& app, const misuse& wrong, bool as_json) {
  const auto advice = "run: " + app.get_name() + " help" + (wrong.command == "help" ? std::string{} : " [COMMAND]");
  if (!as_json)
    return {exit_code::usage, {}, app.get_name() + ": " + printable(wrong.message) + "\n  " + advice + '\n'};
  return {exit_code::usage, json_line({{"command", wrong.command},
                                       {"status", "usage"},
                                       {"error", {{"message", wrong.message}, {"advice", advice}}}})};
}

answer usage_answer(const CLI::App& app, const CLI::ParseError& e, const std::vector<std::string>& words) {
  if (e.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success)) {
    std::ostringstream text;
    app.exit(e, text, text);
    return {exit_code::done, text.str()};
  }
  // The flag may stand behind what was wrong.
  return usage_answer(app, misuse_in(app, e), std::ranges::find(words, "--json") != words.end());
}

}  // namespace terminal
