#include "commands/help.hpp"

#include "knowledge_base/error.hpp"
#include "registry/registry.hpp"
#include "terminal/usage.hpp"

#include <commitpoint/step.hpp>
#include <commitpoint/version.hpp>

#include <CLI/CLI.hpp>

namespace openkb {

std::string version_text() {
  return "openkb " + std::string(cp::version::text) + " (commitpoint " + cp::version::text + ", SQLite " +
         sqlite3_libversion() + ", format " + std::to_string(registry::current_version) + " of a knowledge base)";
}

terminal::about_program about_openkb() {
  return {std::string(cp::version::text),
          "a knowledge base of documents, as an interlinked wiki",
          {{"0", "done; also when there was nothing to do"},
           {"1", "failed, and rolled back; of several documents, one or more failed, and the others are done"},
           {"2", "wrong usage, or no knowledge base here"},
           {"3", "needs repair (see: openkb recover)"},
           {"130", "interrupted, and rolled back; what had been added before stays"}},
          {{"NO_COLOR", "when it is not empty, no colours on a terminal"},
           {"OPENKB_LLM_KEY", "the key of the endpoint of --llm-url"},
           {"PAGEINDEX_API_KEY", "the key of the PageIndex cloud"},
           {"PAGEINDEX_BASE_URL", "where the PageIndex cloud is"},
           {"OPENKB_NOW", "the time that goes into pages and rows (RFC 3339), so that a run can be repeated"},
           {"SOURCE_DATE_EPOCH", "the same in seconds"},
           {"TERM", "of a terminal that is called dumb, nothing is expected"}}};
}

terminal::answer crash_steps_help() {
  std::string out = "Steps for --crash-at, in the order of the protocol:\n";
  for (const auto name : commitpoint::step_names) {
    if (name != commitpoint::to_string(commitpoint::step::none)) out.append("  ").append(name).append("\n");
  }
  return {exit_code::done, out};
}

terminal::answer help(const CLI::App& app, const std::string& topic, bool as_json) {
  // Not `app.help()`, which is that of the command that was asked for: of this one.
  if (topic.empty()) {
    return {exit_code::done, app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal)};
  }
  if (topic == "crash-at" || topic == "--crash-at") return crash_steps_help();
  for (const auto* command : terminal::commands_of(app)) {
    if (command->get_name() == topic) return {exit_code::done, command->help(app.get_name())};
  }
  const auto known = terminal::names_of(terminal::commands_of(app));
  return terminal::usage_answer(app, {"help", terminal::unknown_word("command", topic, known)}, as_json);
}

}  // namespace openkb
