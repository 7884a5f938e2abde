#include "terminal/completion.hpp"

#include "terminal/exit_code.hpp"
#include "terminal/printable.hpp"
#include "terminal/usage.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace terminal {

namespace {

// PROGRAM is the program.
constexpr std::string_view for_bash = R"(_PROGRAM() {
  local line kind=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :*) kind=$line ;;
      *) COMPREPLY+=("${line%%$'\t'*}") ;;
    esac
  done < <("${COMP_WORDS[0]/#\~/$HOME}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case $kind in
    :files) compopt -o default 2>/dev/null ;;
    :directories) compopt -o dirnames 2>/dev/null ;;
  esac
}
complete -F _PROGRAM PROGRAM
)";

constexpr std::string_view for_zsh = R"(#compdef PROGRAM
_PROGRAM() {
  local line kind
  local -a found
  for line in "${(@f)$("${(Q)words[1]/#\~/$HOME}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    case $line in
      :*) kind=$line ;;
      *$'\t'*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
      *) found+=("${line//:/\\:}") ;;
    esac
  done
  (( $#found )) && _describe PROGRAM found
  [[ $words[CURRENT] == --*=* ]] && compset -P '*='
  case $kind in
    :files) _files ;;
    :directories) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _PROGRAM ]]; then _PROGRAM "$@"; else compdef _PROGRAM PROGRAM; fi
)";

constexpr std::string_view for_fish = R"(function __PROGRAM_complete
  set -l words (commandline -opc) (commandline -ct)
  for line in (eval $words[1] __complete (string escape -- $words[2..-1]) 2>/dev/null)
    switch $line
      case ':files'
        __fish_complete_path (commandline -ct)
      case ':directories'
        __fish_complete_directories (commandline -ct) ''
      case ':*'
      case '*'
        echo $line
    end
  end
end
complete -c PROGRAM -f -a '(__PROGRAM_complete)'
)";

// As the shell would read it, as far as that is safe: without quotes, and with the home directory.
std::string unquoted(const std::string& word) {
  std::string out;
  for (std::size_t i = 0; i < word.size(); ++i) {
    if (word[i] == '\\' && i + 1 < word.size()) {
      out += word[++i];
    } else if (word[i] != '"' && word[i] != '\'') {
      out += word[i];
    }
  }
  const char* home = std::getenv("HOME");
  return out.starts_with("~/") && home != nullptr ? home + out.substr(1) : out;
}

// Where on the line the cursor is, and what may stand there.
class cursor {
 public:
  cursor(const CLI::App& app, const std::vector<std::string>& words, const known_values& values)
      : app_(app), values_(values) {
    for (std::size_t i = 0; i + 1 < words.size(); ++i) pass(unquoted(words[i]));
    begun_ = words.empty() ? std::string{} : unquoted(words.back());
    if (value_of_ != nullptr && begun_ == "=") begun_.clear();  // bash takes an equals sign for a word
  }

  std::string run() {
    const auto equals = begun_.find('=');
    if (value_of_ != nullptr) {
      add_values(*value_of_);
    } else if (begun_.starts_with("--") && equals != std::string::npos && !only_arguments_) {
      const auto* option = option_named(app_, command_, begun_.substr(2, equals - 2));
      lead_ = begun_.substr(0, equals + 1);
      begun_.erase(0, equals + 1);
      if (option != nullptr) add_values(*option);
    } else if (begun_.starts_with('-') && !only_arguments_) {
      add_options(command_);
      add_options(&app_);
    } else if (command_ == nullptr) {
      for (const auto* c : commands_of(app_)) add({c->get_name(), c->get_description()});
    } else {
      add_arguments();
    }
    return text();
  }

 private:
  void pass(const std::string& word) {
    if (value_of_ != nullptr) {
      if (word == "=") return;
      remember(*value_of_, word);
      value_of_ = nullptr;
    } else if (word == "--") {
      only_arguments_ = true;
    } else if (word.starts_with("--") && !only_arguments_) {
      pass_option(word);
    } else if (!word.starts_with('-') && command_ == nullptr) {
      const auto all = commands_of(app_);
      const auto it = std::ranges::find(all, word, [](const CLI::App* c) { return c->get_name(); });
      if (it != all.end()) command_ = *it;
    } else if (!word.starts_with('-') || only_arguments_) {
      ++arguments_;
    }
  }

  void pass_option(const std::string& word) {
    const auto equals = word.find('=');
    const auto* option =
        option_named(app_, command_, word.substr(2, equals == std::string::npos ? equals : equals - 2));
    if (option == nullptr || option->get_items_expected_max() == 0) return;
    if (equals == std::string::npos) {
      value_of_ = option;
    } else {
      remember(*option, word.substr(equals + 1));
    }
  }

  void remember(const CLI::Option& option, const std::string& value) {
    for (const auto& name : option.get_lnames()) options_[name] = value;
  }

  void add(candidate c) {
    if (c.word.starts_with(begun_)) found_.push_back(std::move(c));
  }

  void add_options(const CLI::App* app) {
    if (app == nullptr) return;
    for (const auto* option : app->get_options()) {
      for (const auto& name : option->get_lnames()) {
        const auto word = "--" + name;
        if (std::ranges::find(found_, word, &candidate::word) == found_.end()) {
          add({word, option->get_description()});
        }
      }
    }
  }

  void add_arguments() {
    const auto all = command_->get_options([](const CLI::Option* o) { return o->get_positional(); });
    if (all.empty()) return;
    const auto* last = all.back();
    if (arguments_ < all.size()) {
      add_values(*all[arguments_]);
    } else if (last->get_items_expected_max() > 1) {
      add_values(*last);
    }
  }

  // What the help shows as the kind of a value says what it may be: a kind in capitals, or all that it can be.
  void add_values(const CLI::Option& option) {
    const auto kind = kind_of_value(option);
    if (kind == "DIR") {
      also_ = ":directories";
    } else if (kind.starts_with("FILE")) {
      also_ = ":files";
    } else if (kind == "COMMAND") {
      for (const auto* c : commands_of(app_)) add({c->get_name(), c->get_description()});
    } else if (!kind.empty() && std::islower(static_cast<unsigned char>(kind.front())) != 0) {
      for (std::size_t from = 0; from <= kind.size();) {
        const auto end = std::min(kind.find('|', from), kind.size());
        add({kind.substr(from, end - from)});
        from = end + 1;
      }
    } else if (values_) {
      for (auto& c : values_({kind, begun_, options_})) found_.push_back(std::move(c));
    }
  }

  [[nodiscard]] std::string text() const {
    std::string out;
    for (const auto& c : found_) {
      out += lead_ + c.word;
      if (!c.what.empty()) out += '\t' + printable(c.what);
      out += '\n';
    }
    return out.append(also_).append("\n");
  }

  const CLI::App& app_;
  const known_values& values_;
  const CLI::App* command_ = nullptr;
  const CLI::Option* value_of_ = nullptr;
  bool only_arguments_ = false;
  std::size_t arguments_ = 0;
  std::map<std::string, std::string> options_;
  std::string begun_;
  std::string lead_;
  std::vector<candidate> found_;
  std::string_view also_ = ":nothing";
};

}  // namespace

std::string completion_script(std::string_view shell, const std::string& program) {
  constexpr std::string_view placeholder = "PROGRAM";
  std::string out(shell == "fish" ? for_fish : shell == "zsh" ? for_zsh : for_bash);
  for (auto at = out.find(placeholder); at != std::string::npos; at = out.find(placeholder, at + program.size())) {
    out.replace(at, placeholder.size(), program);
  }
  return out;
}

answer complete(const CLI::App& app, const std::vector<std::string>& words, const known_values& values) {
  return {exit_code::done, cursor(app, words, values).run()};
}

}  // namespace terminal
