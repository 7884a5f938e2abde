#include "commands/command_line.hpp"

#include "commands/complete_value.hpp"
#include "commands/help.hpp"
#include "converters/encoding.hpp"
#include "documents/document.hpp"
#include "documents/same_name.hpp"
#include "knowledge_base/error.hpp"
#include "terminal/completion.hpp"
#include "terminal/manual.hpp"
#include "terminal/marked_arguments.hpp"
#include "terminal/usage.hpp"

#include <CLI/CLI.hpp>

#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace openkb {

namespace {

// What is wrong with the label of an encoding; empty when nothing is.
std::string readable_encoding(const std::string& label) {
  const auto* known = encoding_of(label);
  if (known == nullptr) return "'" + label + "' is no encoding that browsers know";
  const bool refused = known->read_as == encoding::family::refused;
  return refused ? "'" + label + "' is an encoding that browsers refuse; convert the document to UTF-8" : std::string{};
}

// What is wrong with a name for standard input; empty when nothing is.
std::string name_of_document(const std::string& name) {
  if (name.find('/') != std::string::npos) return "'" + name + "' is a path; a file's name is enough";
  if (format_of(name)) return {};
  return "'" + name + "' does not say what it is; end it with .md, .markdown, .txt, .text, .html, .htm or .pdf";
}

void add_llm_options(CLI::App& app, command_line& out) {
  app.add_option("--llm-url", out.llm_url, "compile by an OpenAI-compatible endpoint (key in OPENKB_LLM_KEY)")
      ->type_name("URL");
  app.add_option("--llm-model", out.llm_model, "the model to ask for")->type_name("NAME");
}

void add_options_of_add(CLI::App& app, command_line& out) {
  auto& how = out.add;
  auto* paths = app.add_option("document", out.paths,
                               "a document, a directory, an address (.md .txt .html .pdf), or - for standard input");
  paths->type_name("FILE|DIR|URL|-");
  app.add_option("--name", how.name, "what standard input is called; the suffix says what it is")
      ->type_name("NAME")
      ->check(name_of_document);
  app.add_flag("--dry-run", out.dry_run, "only say what would be added, with the names of its pages");
  app.add_option("--from-pageindex-cloud", how.cloud, "a document of PageIndex's cloud (key in PAGEINDEX_API_KEY)")
      ->type_name("DOC_ID")
      ->allow_extra_args(false);  // what follows is a document of its own
  app.add_option("--jobs", how.jobs, "prepare that many documents at once")
      ->type_name("N")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  app.add_option("--batch", how.batch, "commit that many documents at one commit point")
      ->type_name("N")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  app.add_option("--index-from", how.index_from, "PDFs of that many pages go through the page index")
      ->type_name("N")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--images-from", how.images_from,
                 "take images that documents name from this directory too, beside their own")
      ->type_name("DIR")
      ->allow_extra_args(false)
      ->check(CLI::Validator(CLI::ExistingDirectory).description(""));
  app.add_option("--encoding", how.encoding, "what texts are in, whatever they say, such as windows-1252 or shift_jis")
      ->type_name("LABEL")
      ->check(readable_encoding);
  app.add_option_function<std::int64_t>(
         "--timeout", [&how](std::int64_t seconds) { how.timeout = std::chrono::seconds(seconds); },
         "give a download that many seconds [300]")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 86'400));
  app.add_option_function<std::uint64_t>(
         "--max-size", [&how](std::uint64_t mib) { how.largest_download = mib << 20U; },
         "give a download that many MiB [256]")
      ->type_name("MIB")
      ->check(CLI::Range(1, 1 << 20));
  add_llm_options(app, out);
}

// CLI11 has one of its own, which would show the words twice.
CLI::Validator one_of(const std::vector<std::string>& words) {
  return {[words](const std::string& given) {
            if (std::ranges::find(words, given) != words.end()) return std::string{};
            return terminal::unknown_word("choice", given, words);
          },
          std::string{}};
}

void add_options_of_list(CLI::App& app, command_line& out) {
  app.add_option("pattern", out.paths, "of a name, title or file's name a part, or with *, ? or [ the whole")
      ->type_name("PATTERN");
  app.add_option("--sort", out.sort, "by what; the smallest or oldest first")
      ->type_name("name|title|added|size")
      ->check(one_of({"name", "title", "added", "size"}))
      ->capture_default_str();
  app.add_flag("--reverse", out.reverse, "the other way round");
}

void add_options_of_search(CLI::App& app, command_line& out) {
  app.add_option("query", out.paths, R"(words; "a phrase"; begin*; -word)")->type_name("WORD");
  app.add_option("--limit", out.limit, "show the best of them, that many")
      ->type_name("N")
      ->check(CLI::Range(1, 10'000))
      ->capture_default_str();
}

void add_commands(CLI::App& app, command_line& out) {
  const auto subcommand = [&](const char* name, const char* help, command c) {
    auto* sub = app.add_subcommand(name, help);
    sub->fallthrough();  // global options may also stand behind the command
    sub->footer("Options of every command, and exit codes: openkb help");
    sub->callback([&out, name, c] {
      out.command = c;
      out.name = name;
    });
    return sub;
  };
  subcommand("init", "make a knowledge base", command::init);
  add_options_of_add(*subcommand("add", "add documents, all below a directory, or what is at a URL", command::add),
                     out);
  add_options_of_list(*subcommand("list", "list the documents, or those that fit", command::list), out);
  add_options_of_search(*subcommand("search", "find documents by their text", command::search), out);
  auto* show = subcommand("show", "print a document's text, or another page of the wiki", command::show);
  show->add_option("page", out.paths, "its name, where it came from, or a topic")
      ->required()
      ->expected(1)
      ->type_name("DOC");
  auto* raw = show->add_flag("--raw", out.raw, "the original, as it was added");
  show->add_flag("--summary", out.summary, "the summary")->excludes(raw);
  auto* site = subcommand("export", "write the wiki as a static site", command::export_to);
  site->add_option("directory", out.paths, "new, empty, or an export")->required()->expected(1)->type_name("DIR");
  site->add_option("--title", out.title, "of the site [the name of the knowledge base's directory]")->type_name("TEXT");
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
      ->add_flag("--fix", out.fix, "mend what is openkb's own, and show each change");
  auto* recover = subcommand("recover", "settle what a crash left, and say what was done", command::recover);
  auto* dry = recover->add_flag("--dry-run", out.dry_run, "only show it");
  auto* accept = recover->add_option("--accept", out.accept, "go on without what is quarantined under this id");
  auto* purge = recover->add_flag("--purge", out.purge, "remove the files that recoveries kept");
  accept->type_name("ID")->excludes(dry);
  purge->excludes(dry);
  subcommand("completion", "print a script that lets a shell complete openkb's lines", command::completion)
      ->add_option("shell", out.paths, "which shell")
      ->type_name("bash|zsh|fish")
      ->required()
      ->expected(1)
      ->check(one_of({"bash", "zsh", "fish"}));
  auto* help = subcommand("help", "print what there is to know about openkb, or about a command", command::help);
  auto* topic = help->add_option("command", out.paths, "the command, or crash-at")->type_name("COMMAND");
  topic->expected(0, 1);
  help->add_flag("--man", out.manual, "print the manual page, for: openkb help --man | man -l -")->excludes(topic);
}

void add_global_options(CLI::App& app, command_line& out, std::string& crash) {
  app.add_option("--kb", out.root, "the knowledge base")->type_name("DIR")->capture_default_str();
  app.add_flag("--json", out.json, "one JSON object on standard output (one a line when several documents are added)");
  app.add_flag("--quiet", out.quiet, "answers, warnings and errors only, and not what was done");
  app.add_option("--crash-at", crash, "end the process at a step of the protocol, to let a recovery be watched")
      ->type_name("STEP");
  app.add_flag("--verbose", out.watch.verbose, "every step of the protocol on standard error, and how long it took");
  app.add_option("--trace", out.watch.trace, "write a trace that Perfetto shows")->type_name("FILE");
  app.set_version_flag("--version", version_text(), "the version, and those of what does the work");
}

commitpoint::step crash_step(const std::string& name) {
  const auto step = commitpoint::step_from(name);
  if (step && *step != commitpoint::step::none) return *step;
  const std::vector<std::string> known(commitpoint::step_names.begin(), commitpoint::step_names.end());
  throw CLI::ValidationError("--crash-at",
                             terminal::unknown_word("step", name, known) + " (see: openkb help crash-at)");
}

void require_more_of_add(const command_line& asked) {
  if (asked.paths.empty() && asked.add.cloud.empty()) throw CLI::RequiredError("a document, a directory or a URL");
  const auto piped = std::ranges::count(asked.paths, "-");
  if (piped == 0 && asked.add.name.empty()) return;
  if (piped == 0) throw CLI::ValidationError("--name is for standard input, which is asked for by: -");
  if (piped > 1) throw CLI::ValidationError("standard input (-) can be read once only");
  if (asked.add.name.empty()) {
    throw CLI::ValidationError("standard input (-) needs a name that says what it is, such as: --name report.md");
  }
  if (::isatty(STDIN_FILENO) == 1) {
    throw CLI::ValidationError("standard input (-) is a terminal; give it a file or a pipe, such as: < report.md");
  }
}

// What CLI11 does not know how to ask for.
void require_more(const command_line& asked) {
  if (asked.command == command::add) require_more_of_add(asked);
  if (asked.command == command::recompile && asked.paths.empty() && !asked.all)
    throw CLI::RequiredError("a document or --all");
  if (asked.command == command::search && asked.paths.empty()) throw CLI::RequiredError("a word to look for");
}

terminal::answer print_help(const CLI::App& app, const command_line& asked) {
  if (asked.manual) return {exit_code::done, terminal::manual(app, about_openkb()), {}};
  return help(app, asked.paths.empty() ? std::string{} : asked.paths.front(), asked.json);
}

}  // namespace

std::variant<command_line, terminal::answer> parse(int argc, const char* const* argv) {
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  command_line out;
  std::string crash;
  CLI::App app("A knowledge base that turns documents into an interlinked wiki, all or nothing at a time.", "openkb");
  add_global_options(app, out, crash);
  app.require_subcommand(1);
  app.footer(terminal::exit_codes_text(about_openkb().exit_codes));
  add_commands(app, out);
  if (!words.empty() && words.front() == terminal::completing) {
    return terminal::complete(app, {words.begin() + 1, words.end()}, complete_value);
  }
  terminal::unmark_arguments(app);
  auto marked = terminal::with_marked_arguments(app, words, "search");
  std::ranges::reverse(marked);  // as CLI11 wants them
  try {
    app.parse(std::move(marked));
    require_more(out);
    out.root = file_of_same_name(out.root).native();
    if (!crash.empty()) out.watch.crash_at = crash_step(crash);
  } catch (const CLI::ParseError& e) {
    if (crash == "help") return crash_steps_help();
    return terminal::usage_answer(app, e, words);
  }
  if (crash == "help") return crash_steps_help();
  if (out.command == command::help) return print_help(app, out);
  if (out.command == command::completion) {
    return terminal::answer{exit_code::done, terminal::completion_script(out.paths.front(), app.get_name())};
  }
  return out;
}

}  // namespace openkb
