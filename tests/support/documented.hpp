#pragma once

/// \file
/// The lines of a program that a page of the docs shows: whether its commands and options are any.

#include <filesystem>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace support {

/// The blocks and the spans of code of a page, a line each.
inline std::string code_in(const std::filesystem::path& page) {
  std::ifstream in(page);
  std::string out;
  bool is_block = false;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("```")) {
      is_block = !is_block;
    } else if (is_block) {
      out += line + '\n';
    } else {
      static const std::regex span("`([^`]*)`");
      for (std::sregex_iterator at(line.begin(), line.end(), span), end; at != end; ++at) out += (*at)[1].str() + '\n';
    }
  }
  return out;
}

/// What is wrong with the lines that begin with the program's name, a line each; empty when nothing is. `help` gives
/// what `PROGRAM help [COMMAND]` says. `with_value` has the options that may stand in front of a command.
inline std::string wrong_in_page(const std::filesystem::path& page, const std::string& program,
                                 const std::set<std::string>& with_value,
                                 const std::function<std::string(const std::string&)>& help) {
  const auto text = code_in(page);
  const auto global = help("");
  const auto has = [](const std::string& in_text, const std::string& word) {
    return std::regex_search(in_text, std::regex("(^|[\\s,])" + word + "($|[\\s,=\\[])"));
  };
  std::string wrong;
  std::size_t lines = 0;
  static const std::regex use("(?:^|\n|\\| |; )(?:[A-Z_]+=\\S+ )*([a-z]+) ([^\n|;#>]*)");
  for (std::sregex_iterator at(text.begin(), text.end(), use), end; at != end; ++at) {
    if ((*at)[1].str() != program) continue;
    std::istringstream words((*at)[2].str());
    std::string command;
    std::vector<std::string> options;
    for (std::string word; words >> word && word != "--";) {
      if (word.starts_with("--")) {
        options.push_back(word.substr(0, word.find_first_of("=,.)")));
        if (command.empty() && with_value.contains(word)) words >> word;
      } else if (command.empty() && std::regex_match(word, std::regex("[a-z]+"))) {
        command = word;
      } else if (command.empty()) {
        break;  // no command line
      }
    }
    if (command.empty() && options.empty()) continue;
    ++lines;
    if (!command.empty() && !has(global, command)) {
      wrong += "no command '" + command + "': " + (*at)[2].str() + '\n';
      continue;
    }
    const auto of_command = command.empty() ? std::string{} : help(command);
    for (const auto& option : options) {
      if (!has(global, option) && !has(of_command, option))
        wrong += program + ' ' + command + " has no " + option + '\n';
    }
  }
  if (lines < 10) wrong += "only " + std::to_string(lines) + " lines were looked at\n";
  return wrong;
}

}  // namespace support
