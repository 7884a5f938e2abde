#include "commands/help.hpp"

#include "commands/usage.hpp"
#include "knowledge_base/error.hpp"
#include "registry/registry.hpp"

#include <commitpoint/step.hpp>
#include <commitpoint/version.hpp>

#include <CLI/CLI.hpp>

namespace openkb {

std::string version_text() {
  return "openkb " + std::string(cp::version::text) + " (commitpoint " + cp::version::text + ", SQLite " +
         sqlite3_libversion() + ", format " + std::to_string(registry::current_version) + " of a knowledge base)";
}

std::string exit_codes_text() {
  return "Exit codes:\n"
         "  0    done; also when there was nothing to do\n"
         "  1    failed, and rolled back; of several documents, one or more failed, and the others are done\n"
         "  2    wrong usage, or no knowledge base here\n"
         "  3    needs repair (see: openkb recover)\n"
         "  130  interrupted, and rolled back; what had been added before stays";
}

answer crash_steps_help() {
  std::string out = "Steps for --crash-at, in the order of the protocol:\n";
  for (const auto name : commitpoint::step_names) {
    if (name != commitpoint::to_string(commitpoint::step::none)) out.append("  ").append(name).append("\n");
  }
  return {exit_code::done, out};
}

answer help(const CLI::App& app, const std::string& topic, bool as_json) {
  // Not `app.help()`, which is that of the command that was asked for: of this one.
  if (topic.empty()) {
    return {exit_code::done, app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal)};
  }
  if (topic == "crash-at" || topic == "--crash-at") return crash_steps_help();
  for (const auto* command : commands_of(app)) {
    if (command->get_name() == topic) return {exit_code::done, command->help(app.get_name())};
  }
  return usage_answer({"help", unknown_word("command", topic, names_of(commands_of(app)))}, as_json);
}

}  // namespace openkb
