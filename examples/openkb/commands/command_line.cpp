#include "commands/command_line.hpp"

#include "commands/completion.hpp"
#include "converters/encoding.hpp"
#include "knowledge_base/error.hpp"

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

// What is wrong with the label of an encoding; empty when nothing is.
std::string readable_encoding(const std::string& label) {
  const auto* known = encoding_of(label);
  if (known == nullptr) return "'" + label + "' is no encoding that browsers know";
  const bool refused = known->read_as == encoding::family::refused;
  return refused ? "'" + label + "' is an encoding that browsers refuse; convert the document to UTF-8" : std::string{};
}

void add_llm_options(CLI::App& app, command_line& out) {
  app.add_option("--llm-url", out.llm_url, "compile by an OpenAI-compatible endpoint (key in OPENKB_LLM_KEY)")
      ->type_name("URL");
  app.add_option("--llm-model", out.llm_model, "the model to ask for")->type_name("NAME");
}

void add_options_of_add(CLI::App& app, command_line& out) {
  auto& how = out.add;
  auto* paths = app.add_option("document", out.paths, "a document, a directory, or an address (.md .txt .html .pdf)");
  paths->type_name("FILE|DIR|URL");
  app.add_option("--from-pageindex-cloud", how.cloud, "a document of PageIndex's cloud (key in PAGEINDEX_API_KEY)")
      ->type_name("DOC_ID")
      ->allow_extra_args(false);  // what follows is a document of its own
  app.add_option("--jobs", how.jobs, "prepare that many documents at once")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--batch", how.batch, "commit that many documents at one commit point")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--index-from", how.index_from, "PDFs of that many pages go through the page index")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--images-from", how.images_from,
                 "take images that documents name from this directory too, beside their own")
      ->type_name("DIR")
      ->allow_extra_args(false)
      ->check(CLI::ExistingDirectory);
  app.add_option("--encoding", how.encoding, "what texts are in, whatever they say, such as windows-1252 or shift_jis")
      ->type_name("LABEL")
      ->check(readable_encoding);
  app.add_option_function<std::int64_t>(
         "--timeout", [&how](std::int64_t seconds) { how.timeout = std::chrono::seconds(seconds); },
         "give a download that many seconds [300]")
      ->check(CLI::Range(1, 86'400));
  app.add_option_function<std::uint64_t>(
         "--max-size", [&how](std::uint64_t mib) { how.largest_download = mib << 20U; },
         "give a download that many MiB [256]")
      ->check(CLI::Range(1, 1 << 20));
  add_llm_options(app, out);
}

void add_options_of_search(CLI::App& app, command_line& out) {
  app.add_option("query", out.paths, R"(words; "a phrase"; begin*; -word)")->type_name("WORD");
  app.add_option("--limit", out.limit, "show the best of them, that many")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
  app.preparse_callback([&app](std::size_t) { app.get_parent()->allow_extras(); });
}

// A word that may not be there begins as an option does: what looks like a short one and is none is a word.
void take_words(const CLI::App& app, command_line& out) {
  for (const auto& word : app.remaining()) {
    if (word.starts_with("--")) throw CLI::ExtrasError("openkb", {word});
    out.paths.push_back(word);
  }
  if (out.paths.empty()) throw CLI::RequiredError("a word to look for");
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
  add_options_of_add(*subcommand("add", "add documents, all below a directory, or what is at a URL", command::add),
                     out);
  subcommand("list", "list the documents", command::list);
  add_options_of_search(*subcommand("search", "find documents by their text", command::search), out);
  subcommand("status", "show what is there, and what a crash left; changes nothing", command::status);
  auto* remove = subcommand("remove", "remove documents, and their parts of every page", command::remove);
  remove->add_option("document", out.paths, "its name, or where it came from")->required()->type_name("DOC");
  remove->add_flag("--dry-run", out.dry_run, "only show what would be removed and changed");
  remove->add_flag("--keep-raw", out.keep_raw, "leave the original in raw/");
  auto* recompile =
      subcommand("recompile", "write summaries and shared pages anew from the sources", command::recompile);
  auto* which = recompile->add_option("document", out.paths, "its name, or where it came from")->type_name("DOC");
  recompile->add_flag("--all", out.all, "every document")->excludes(which);
  add_llm_options(*recompile, out);
  subcommand("lint", "look for what does not fit together", command::lint)
      ->add_flag("--fix", out.fix, "mend what can be mended");
  auto* recover = subcommand("recover", "settle what a crash left, and say what was done", command::recover);
  auto* dry = recover->add_flag("--dry-run", out.dry_run, "only show it");
  auto* accept = recover->add_option("--accept", out.accept, "go on without what is quarantined under this id");
  auto* purge = recover->add_flag("--purge", out.purge, "remove the files that recoveries kept");
  accept->type_name("ID")->excludes(dry);
  purge->excludes(dry);
  subcommand("completion", "print a script that completes openkb's commands and options", command::completion)
      ->add_option("shell", out.paths, "bash, zsh or fish")
      ->required()
      ->expected(1)
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
}

int print_completion(CLI::App& app, const std::string& shell) {
  std::vector<completed_command> commands;
  const auto options_of = [](const CLI::App& of) {
    std::vector<std::string> out;
    for (const auto* option : of.get_options()) {
      for (const auto& name : option->get_lnames()) out.push_back("--" + name);
    }
    return out;
  };
  for (const auto* sub : app.get_subcommands([](CLI::App*) { return true; })) {
    commands.push_back({sub->get_name(), sub->get_description(), options_of(*sub)});
  }
  std::cout << completion_script(shell, commands, options_of(app));
  return exit_code::done;
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
  app.add_flag("--verbose", out.watch.verbose, "every step of the protocol on standard error, and how long it took");
  app.add_option("--trace", out.watch.trace, "write a trace that Perfetto shows")->type_name("FILE");
  app.require_subcommand(1);
  app.footer(footer());
  add_commands(app, out);
  try {
    app.parse(argc, argv);
    if (out.command == command::search) take_words(app, out);
  } catch (const CLI::ParseError& e) {
    // The flag may stand behind what was wrong.
    for (int i = 1; i < argc; ++i) out.json = out.json || std::string_view(argv[i]) == "--json";
    return report_error(app, e, out.json);
  }
  if (out.command == command::add && out.paths.empty() && out.add.cloud.empty()) {
    return report_error(app, CLI::RequiredError("a document, a directory or a URL"), out.json);
  }
  if (out.command == command::recompile && out.paths.empty() && !out.all) {
    return report_error(app, CLI::RequiredError("a document or --all"), out.json);
  }
  if (out.command == command::completion) return print_completion(app, out.paths.front());
  if (!crash.empty()) out.watch.crash_at = steps.at(crash);
  return out;
}

}  // namespace openkb
