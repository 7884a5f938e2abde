#include "commands/command_line.hpp"

#include "roots/error.hpp"
#include "terminal/completion.hpp"
#include "terminal/manual.hpp"
#include "terminal/marked_arguments.hpp"
#include "terminal/usage.hpp"

#include <commitpoint/version.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <string_view>
#include <utility>

namespace command {

namespace {

using terminal::answer;

terminal::about_program about() {
  return {std::string(commitpoint::version::text),
          "change many files together or not at all",
          {{"0", "done; also when there was nothing to do"},
           {"1", "failed; nothing was changed"},
           {"2", "wrong usage, or a change set that cannot be read"},
           {"3", "needs repair (see: commitpoint status)"},
           {"130", "interrupted; nothing was changed"}},
          {{"NO_COLOR", "when it is not empty, no colours on a terminal"},
           {"TERM", "of a terminal that is called dumb, nothing is expected"}}};
}

CLI::Validator one_of(const std::vector<std::string>& words) {
  return {[words](const std::string& given) {
            if (std::ranges::find(words, given) != words.end()) return std::string{};
            return terminal::unknown_word("choice", given, words);
          },
          std::string{}};
}

class commands {
 public:
  commands(CLI::App& app, command_line& out) : app_(app), out_(out) {}

  void add() {
    add_changing();
    one("status", "say what the root is, and what a crash left; changes nothing", command_name::status);
    auto* recover = one("recover", "settle what a crash left, and say what was done", command_name::recover);
    recover->add_flag("--dry-run", out_.dry_run, "only show it");
    auto* accept = one("accept", "go on without what blocks recovery, which stays in quarantine", command_name::accept);
    accept->add_option("id", out_.words, "as status names it")->type_name("ID")->required()->expected(1);
    auto* kept = one("kept", "list, show, restore or purge what recoveries set aside", command_name::kept);
    kept->add_option("action", out_.words, "what to do (list), and with which file")
        ->type_name("list|show|restore|purge")
        ->expected(0, 2);
    kept->add_flag("--force", out_.force, "restore over what is there now");
    one("log", "say what the journal holds, a line for each record; takes no lock", command_name::log);
    one("verify", "look whether everything is there that recovery would need; changes nothing", command_name::verify);
    auto* completion = one("completion", "print a script that lets a shell complete lines", command_name::completion);
    completion->add_option("shell", out_.words, "which shell")
        ->type_name("bash|zsh|fish")
        ->required()
        ->expected(1)
        ->check(one_of({"bash", "zsh", "fish"}));
    auto* help = one("help", "print what there is to know, also about a command", command_name::help);
    auto* topic = help->add_option("command", out_.words, "which")->type_name("COMMAND")->expected(0, 1);
    help->add_flag("--man", out_.manual, "print the manual page, for: commitpoint help --man | man -l -")
        ->excludes(topic);
  }

 private:
  void add_changing() {
    auto* apply = one("apply", "carry out a change set, all of it or nothing", command_name::apply);
    apply->add_option("file", out_.words, "the change set, as JSON [standard input]")
        ->type_name("FILE|-")
        ->expected(0, 1);
    apply->add_flag("--dry-run", out_.dry_run, "only show what would be changed, as a diff");

    auto* run = one("run", "run a command in the root; keep what it wrote in place if it succeeds", command_name::run);
    const auto paths = [&](const char* name, std::vector<std::string>& to, const char* help) {
      run->add_option(name, to, help)->type_name("FILE|DIR")->allow_extra_args(false);
    };
    paths("--protect", out_.protect, "a file, an SQLite database or a directory that it may change in any way");
    paths("--append", out_.appended, "a file that it only appends to");
    paths("--new", out_.fresh, "what it will make");
    run->add_flag("--sandbox", out_.sandbox,
                  "run it in a copy of the one directory to protect, which takes its place in one step");
    run->add_option("command", out_.words, "behind --, the command and its arguments")->type_name("WORD")->required();

    auto* sync = one("sync", "make a directory have what another one has, all of it or nothing", command_name::sync);
    sync->add_option("directories", out_.words, "where to read, and the root to write to")
        ->type_name("DIR")
        ->required()
        ->expected(2);
    sync->add_flag("--delete", out_.deletes, "remove what is not in the first");
    sync->add_option("--exclude", out_.excluded, "leave alone what fits, by its name or path (*, ?, [)")
        ->type_name("PATTERN")
        ->allow_extra_args(false);
    sync->add_flag("--quick", out_.quick, "take files of the same size and time for the same");
    sync->add_flag("--dry-run", out_.dry_run, "only list what would be changed");
  }

  CLI::App* one(const char* name, const char* help, command_name which) {
    auto* sub = app_.add_subcommand(name, help);
    sub->fallthrough();  // global options may also stand behind the command
    sub->footer("Options of every command, and exit codes: commitpoint help");
    sub->callback([&out = out_, name, which] {
      out.which = which;
      out.name = name;
    });
    return sub;
  }

  CLI::App& app_;
  command_line& out_;
};

// What CLI11 does not know how to ask for.
void require_more(const command_line& asked) {
  if (asked.which == command_name::run && asked.protect.empty() && asked.appended.empty() && asked.fresh.empty()) {
    throw CLI::RequiredError("at least one of --protect, --append and --new");
  }
  if (asked.sandbox && (asked.protect.size() != 1 || !asked.appended.empty() || !asked.fresh.empty())) {
    throw CLI::ValidationError("--sandbox takes one directory to --protect, and nothing else");
  }
  if (asked.which == command_name::kept && !asked.words.empty()) {
    const std::vector<std::string> actions{"list", "show", "restore", "purge"};
    const auto& action = asked.words.front();
    if (std::ranges::find(actions, action) == actions.end()) {
      throw CLI::ValidationError(terminal::unknown_word("action", action, actions));
    }
    const bool of_one = action == "show" || action == "restore";
    if (of_one && asked.words.size() != 2) throw CLI::RequiredError("which file, as: commitpoint kept list");
    if (!of_one && asked.words.size() != 1) throw CLI::ValidationError(action + " takes all of them");
  }
}

answer print_help(const CLI::App& app, const command_line& asked) {
  if (asked.manual) return {exit_code::done, terminal::manual(app, about())};
  if (asked.words.empty()) {
    return {exit_code::done, app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal)};
  }
  const auto all = terminal::commands_of(app);
  for (const auto* c : all) {
    if (c->get_name() == asked.words.front()) return {exit_code::done, c->help(app.get_name())};
  }
  const auto wrong = terminal::unknown_word("command", asked.words.front(), terminal::names_of(all));
  return terminal::usage_answer(app, {"help", wrong}, asked.json);
}

}  // namespace

std::variant<command_line, answer> parse(int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  command_line out;
  CLI::App app("Changes many ordinary files together or not at all, through errors, kills and power cuts.",
               "commitpoint");
  app.add_option("--root", out.root, "the directory whose files are changed; paths are relative to it")
      ->type_name("DIR")
      ->capture_default_str();
  app.add_option("--state", out.state, "the state directory below it [.commitpoint, or the only one that is there]")
      ->type_name("PATH");
  app.add_flag("--json", out.json, "one JSON object on standard output");
  app.add_flag("--quiet", out.quiet, "answers, warnings and errors only, and not what was done");
  app.set_version_flag("--version", "commitpoint " + std::string(commitpoint::version::text), "the version");
  app.require_subcommand(1);
  app.footer(terminal::exit_codes_text(about().exit_codes) +
             "\nA command of run that fails ends it with that command's exit code.");
  commands(app, out).add();
  if (!words.empty() && words.front() == terminal::completing) {
    return terminal::complete(app, {words.begin() + 1, words.end()});
  }
  terminal::unmark_arguments(app);
  auto marked = terminal::with_marked_arguments(app, words);
  std::ranges::reverse(marked);  // as CLI11 wants them
  try {
    app.parse(std::move(marked));
    require_more(out);
  } catch (const CLI::ParseError& e) {
    return terminal::usage_answer(app, e, words);
  }
  if (out.which == command_name::help) return print_help(app, out);
  if (out.which == command_name::completion) {
    return answer{exit_code::done, terminal::completion_script(out.words.front(), app.get_name())};
  }
  return out;
}

}  // namespace command
