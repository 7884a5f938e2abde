#pragma once

/// \file
/// What a command says: plain lines for people, one JSON object for programs. Whatever of a file gets into a line
/// is spelled out where a terminal would obey it.

#include "terminal/json.hpp"
#include "terminal/report.hpp"
#include "terminal/standard_output.hpp"

#include <commitpoint/failure.hpp>
#include <commitpoint/report.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace terminal {

/// Who speaks, and what it has to say to a failure.
struct program {
  std::string_view name;
  settling settles;
  int (*exit_code_of)(const cp::failure& f);
  /// What is wrong, in a sentence with the path that it is about, unless that is `subject`.
  std::string (*cause_of)(const cp::failure& f, const std::string& subject);
  std::string (*advice_for)(const cp::failure& f);  ///< what to do about it; may be empty
};

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
  output(standard_output& to, const program& of, speaking how, std::string command);
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

  /// A failure, with its cause and what to do, behind what it is about. `more` goes into the object. Gives the exit
  /// code.
  int failed(std::string_view status, const std::string& about, const cp::failure& f,
             const std::optional<cp::blockage>& blocked = std::nullopt, const json& more = json::object());

  /// How far it is, how fast, and how long the rest will take; shown on a terminal only, in a line that the next one
  /// takes the place of.
  void progress(std::size_t done, std::size_t of);

 private:
  void clear_progress();
  void complain(const std::vector<piece>& text);
  [[nodiscard]] static std::string in_colours(const std::vector<piece>& text, bool colours);

  [[nodiscard]] json json_of(const cp::failure& f, const std::string& about) const;

  standard_output& to_;
  program of_;
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

}  // namespace terminal
