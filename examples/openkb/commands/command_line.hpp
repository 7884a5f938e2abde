#pragma once

/// \file
/// What was asked for.

#include "knowledge_base/watching.hpp"
#include "terminal/answer.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace openkb {

enum class command {
  init,
  add,
  list,
  search,
  show,
  status,
  remove,
  recompile,
  lint,
  recover,
  export_to,
  completion,
  help
};

/// How documents are added.
struct add_options {
  std::vector<std::string> cloud;  ///< ids of documents in PageIndex's cloud
  std::string name;                ///< of what standard input has
  std::size_t jobs = 1;
  std::size_t batch = 1;
  std::size_t index_from = 20;  ///< pages of a PDF
  std::vector<std::string> images_from;
  std::string encoding;  ///< a label; empty: what the documents say
  std::chrono::seconds timeout{300};
  std::uint64_t largest_download = std::uint64_t{256} << 20U;  ///< bytes
};

struct command_line {
  openkb::command command = command::status;
  std::string name;  ///< of the command
  std::string root = ".";
  bool json = false;
  bool quiet = false;
  watching watch;
  std::vector<std::string> paths;  ///< of add; patterns of list; documents of remove and recompile; words of search;
                                   ///< the page of show; where to export; the shell of completion, the topic of help
  add_options add;
  std::string llm_url;  ///< of a compiler that is asked instead of the built-in one; empty: what the configuration says
  std::string llm_model;
  std::size_t limit = 10;     ///< of search
  std::string sort = "name";  ///< of list
  bool reverse = false;       ///< of list
  bool raw = false;           ///< of show: the original
  bool summary = false;       ///< of show
  std::string title;          ///< of export
  bool dry_run = false;       ///< of add, recover and remove
  bool keep_raw = false;      ///< of remove
  bool all = false;           ///< of recompile
  bool fix = false;           ///< of lint
  bool purge = false;         ///< of recover
  bool manual = false;        ///< of help
  std::string accept;
};

/// The command, or what there is to say when that is all: help, or that the usage is wrong.
[[nodiscard]] std::variant<command_line, terminal::answer> parse(int argc, const char* const* argv);

}  // namespace openkb
