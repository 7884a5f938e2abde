#include "commands/manual.hpp"

#include "commands/help.hpp"
#include "commands/usage.hpp"
#include "text/text_lines.hpp"

#include <commitpoint/version.hpp>

#include <CLI/CLI.hpp>

#include <array>
#include <string_view>
#include <utility>

namespace openkb {

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

std::string usage(const CLI::App& command) {
  std::string out = bold("openkb " + command.get_name());
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

std::string environment() {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> variables{
      {{"NO_COLOR", "when it is not empty, no colours on a terminal"},
       {"OPENKB_LLM_KEY", "the key of the endpoint of --llm-url"},
       {"PAGEINDEX_API_KEY", "the key of the PageIndex cloud"},
       {"PAGEINDEX_BASE_URL", "where the PageIndex cloud is"},
       {"OPENKB_NOW", "the time that goes into pages and rows (RFC 3339), so that a run can be repeated"},
       {"SOURCE_DATE_EPOCH", "the same in seconds"},
       {"TERM", "of a terminal that is called dumb, nothing is expected"}}};
  std::string out = section("ENVIRONMENT");
  for (const auto& [name, what] : variables) out += ".TP\n" + bold(name) + '\n' + roff(what) + '\n';
  return out;
}

std::string exit_status() {
  std::string out = section("EXIT STATUS");
  const auto text = exit_codes_text();
  for (const auto line : lines_of(text)) {
    if (!line.starts_with("  ")) continue;
    const auto code = line.substr(2, line.find(' ', 2) - 2);
    const auto what = line.substr(line.find_first_not_of(' ', 2 + code.size()));
    out += ".TP\n" + bold(code) + '\n' + roff(what) + '\n';
  }
  return out;
}

}  // namespace

std::string manual(const CLI::App& app) {
  std::string out = R"(.TH OPENKB 1 "" "openkb )" + std::string(commitpoint::version::text) + "\" \"User Commands\"\n";
  out += section("NAME") + "openkb \\- a knowledge base of documents, as an interlinked wiki\n";
  out += section("SYNOPSIS") + bold("openkb") + " [" + italic("OPTION") + "]... " + italic("COMMAND") + " [" +
         italic("ARGUMENT") + "]...\n";
  out += section("DESCRIPTION") + roff(app.get_description()) + '\n';
  out += section("OPTIONS") + "They may also stand behind the command.\n" + entries(app, false);
  out += section("COMMANDS");
  for (const auto* command : commands_of(app)) {
    out += ".SS " + roff(command->get_name()) + '\n' + usage(*command) + ".PP\n" + roff(command->get_description()) +
           ".\n" + entries(*command, true) + entries(*command, false);
  }
  return out + exit_status() + environment();
}

}  // namespace openkb
