#include "terminal/manual.hpp"

#include "terminal/usage.hpp"

#include <CLI/CLI.hpp>

#include <cctype>
#include <string_view>

namespace terminal {

namespace {

// What troff would take for an order, and hyphens that are meant to be copied. Lines end where a clause does.
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' && (out.ends_with(',') || out.ends_with(';'))) {
      out += '\n';
      continue;
    }
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) {
      out.append("\\&").append(1, c);
    } else {
      out += c;
    }
  }
  return out;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string section(std::string_view name) { return ".SH " + std::string(name) + '\n'; }

bool takes_value(const CLI::Option& option) { return option.get_items_expected_max() > 0; }

std::string tag(const CLI::Option& option) {
  std::string out;
  for (const auto& name : option.get_snames()) out += bold("-" + name) + ", ";
  for (const auto& name : option.get_lnames()) out += bold("--" + name) + ", ";
  if (option.get_positional()) {
    out = italic(kind_of_value(option));
  } else if (!out.empty()) {
    out.resize(out.size() - 2);
    if (takes_value(option)) out += ' ' + italic(kind_of_value(option));
  }
  return out;
}

std::string entries(const CLI::App& app, bool positional) {
  std::string out;
  for (const auto* option : app.get_options()) {
    if (option->get_positional() != positional) continue;
    out += ".TP\n" + tag(*option) + '\n' + roff(option->get_description());
    if (!option->get_default_str().empty()) out += " [" + roff(option->get_default_str()) + ']';
    out += '\n';
  }
  return out;
}

std::string usage(const CLI::App& app, const CLI::App& command) {
  std::string out = bold(app.get_name() + " " + command.get_name());
  bool options = false;
  for (const auto* option : command.get_options()) {
    options = options || (!option->get_positional() && option != command.get_help_ptr());
  }
  if (options) out += " [" + italic("OPTION") + "]...";
  for (const auto* option : command.get_options()) {
    if (!option->get_positional()) continue;
    const auto name = italic(kind_of_value(*option));
    out += option->get_required() ? " " + name : " [" + name + "]";
    if (option->get_items_expected_max() > 1) out += "...";
  }
  return out + '\n';
}

std::string list(std::string_view title, const std::vector<described>& all) {
  if (all.empty()) return {};
  std::string out = section(title);
  for (const auto& [name, what] : all) out += ".TP\n" + bold(name) + '\n' + roff(what) + '\n';
  return out;
}

}  // namespace

std::string manual(const CLI::App& app, const about_program& about) {
  const auto name = app.get_name();
  std::string title;
  for (const char c : name) title += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  std::string out = ".TH " + title + R"( 1 "" ")" + name + ' ' + about.version + "\" \"User Commands\"\n";
  out += section("NAME") + name + " \\- " + roff(about.what) + '\n';
  out += section("SYNOPSIS") + bold(name) + " [" + italic("OPTION") + "]... " + italic("COMMAND") + " [" +
         italic("ARGUMENT") + "]...\n";
  out += section("DESCRIPTION") + roff(app.get_description()) + '\n';
  out += section("OPTIONS") + "They may also stand behind the command.\n" + entries(app, false);
  out += section("COMMANDS");
  for (const auto* command : commands_of(app)) {
    out += ".SS " + roff(command->get_name()) + '\n' + usage(app, *command) + ".PP\n" +
           roff(command->get_description()) + ".\n" + entries(*command, true) + entries(*command, false);
  }
  return out + list("EXIT STATUS", about.exit_codes) + list("ENVIRONMENT", about.environment);
}

std::string exit_codes_text(const std::vector<described>& codes) {
  std::string out = "Exit codes:";
  for (const auto& [code, what] : codes) out.append("\n  ").append(code).append(5 - code.size(), ' ').append(what);
  return out;
}

}  // namespace terminal
