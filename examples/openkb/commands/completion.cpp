#include "commands/completion.hpp"

#include <algorithm>

namespace openkb {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& w : words) out.append(out.empty() ? "" : " ").append(w);
  return out;
}

std::string quoted(std::string text) {
  std::ranges::replace(text, '\'', '"');
  return '\'' + text + '\'';
}

// zsh takes the same one, through its own emulation of bash's completion.
std::string for_bash(const std::vector<completed_command>& commands, const std::vector<std::string>& global) {
  std::string out =
      "_openkb() {\n"
      "  local word=${COMP_WORDS[COMP_CWORD]} name= w\n"
      "  for w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
      "    case $w in\n";
  std::vector<std::string> names;
  for (const auto& c : commands) names.push_back(c.name);
  std::string any;
  for (const auto& name : names) any.append(any.empty() ? "" : "|").append(name);
  out += "      " + any + ") name=$w; break ;;\n    esac\n  done\n  local words='" + joined(global) +
         "'\n  case $name in\n";
  for (const auto& c : commands) {
    out += "    " + c.name + ") words+=' " + joined(c.options) + "' ;;\n";
  }
  out += "    *) words+=' " + joined(names) + "' ;;\n  esac\n";
  out +=
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  case $name in\n"
      "    add) COMPREPLY+=($(compgen -f -- \"$word\")) ;;\n"
      "    remove|recompile)\n"
      "      COMPREPLY+=($(compgen -W \"$(openkb list 2>/dev/null | sed 's/  .*//')\" -- \"$word\")) ;;\n"
      "  esac\n"
      "}\n"
      "complete -o filenames -F _openkb openkb\n";
  return out;
}

std::string for_fish(const std::vector<completed_command>& commands, const std::vector<std::string>& global) {
  std::string out;
  for (const auto& option : global) out += "complete -c openkb -l " + option.substr(2) + "\n";
  for (const auto& c : commands) {
    out += "complete -c openkb -n __fish_use_subcommand -a " + c.name + " -d " + quoted(c.help) + "\n";
    for (const auto& option : c.options) {
      out += "complete -c openkb -n '__fish_seen_subcommand_from " + c.name + "' -l " + option.substr(2) + "\n";
    }
  }
  return out;
}

}  // namespace

std::string completion_script(std::string_view shell, const std::vector<completed_command>& commands,
                              const std::vector<std::string>& global_options) {
  if (shell == "fish") return for_fish(commands, global_options);
  const auto bash = for_bash(commands, global_options);
  return shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" + bash : bash;
}

}  // namespace openkb
