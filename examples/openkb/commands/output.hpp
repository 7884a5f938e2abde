#pragma once

/// \file
/// What a command says: plain lines for people, one JSON object for programs. Whatever of a document gets into a line
/// is spelled out where a terminal would obey it.

#include "commands/standard_output.hpp"
#include "knowledge_base/error.hpp"

#include <commitpoint/report.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

using json = nlohmann::ordered_json;

/// How a piece of a line looks where there are colours.
enum class tone { plain, name, good, bad, doubtful, faint };

struct piece {
  std::string_view text;
  tone how = tone::plain;
};

struct speaking {
  bool json = false;
  bool quiet = false;  ///< no more than answers, warnings and failures
};

class output {
 public:
  output(standard_output& to, speaking how, std::string command);
  output(const output&) = delete;
  output& operator=(const output&) = delete;
  ~output();

  /// Whether standard output is one.
  [[nodiscard]] bool on_terminal() const noexcept { return answers_on_terminal_; }

  /// A line of the answer, on standard output, for people only.
  void line(std::string_view text) { line(std::vector<piece>{{text}}); }
  void line(const std::vector<piece>& text);
  /// The same for what was done, which nobody asked for who wants it quiet.
  void done(const std::vector<piece>& text);
  /// An answer that is a text by itself, byte by byte, for people only.
  void text(std::string_view bytes);
  /// A line on standard error, for people only: by the way, and not for who wants it quiet.
  void note(std::string_view text);
  /// The same, also for who wants it quiet.
  void warning(const std::string& about, std::string_view text);
  /// An object on standard output, for programs only. It carries what was recovered, once.
  void object(const json& fields);

  /// What taking the lock found and settled. Nothing is said when that is nothing.
  void recovered(const cp::report& found);

  /// A failure, with its cause and what to do. Gives the exit code.
  int failed(std::string_view status, const std::string& document, const cp::failure& f,
             const std::optional<cp::blockage>& blocked = std::nullopt);

  /// How far it is, how fast, and how long the rest will take; shown on a terminal only, in a line that the next one
  /// takes the place of.
  void progress(std::size_t done, std::size_t of);

 private:
  void clear_progress();
  void complain(const std::vector<piece>& text);
  [[nodiscard]] static std::string in_colours(const std::vector<piece>& text, bool colours);

  standard_output& to_;
  speaking how_;
  bool terminal_;
  bool answers_on_terminal_;
  bool colours_;
  bool colours_of_errors_;
  bool progress_shown_ = false;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::string command_;
  json recovered_;
};

/// What standard output is given for an object: one line of JSON.
[[nodiscard]] std::string json_line(const json& object);

/// A report as JSON and as lines; `will` speaks of what is still to be done.
[[nodiscard]] json to_json(const cp::report& r);
[[nodiscard]] std::vector<std::string> to_lines(const cp::report& r, bool will);
[[nodiscard]] json to_json(const cp::blockage& b);

}  // namespace openkb
