#pragma once

/// \file
/// What a command says: plain lines for people, one JSON object for programs.

#include "knowledge_base/error.hpp"

#include <commitpoint/report.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace openkb {

using json = nlohmann::ordered_json;

class output {
 public:
  output(bool as_json, std::string command);
  output(const output&) = delete;
  output& operator=(const output&) = delete;
  ~output();

  /// A line on standard output, for people only.
  void line(std::string_view text) const;
  /// A line on standard error, for people only.
  void note(std::string_view text) const;
  /// An object on standard output, for programs only. It carries what was recovered, once.
  void object(const json& fields);

  /// What taking the lock found and settled. Nothing is said when that is nothing.
  void recovered(const cp::report& found);

  /// A failure, with its cause and what to do. Gives the exit code.
  int failed(std::string_view status, const std::string& document, const cp::failure& f,
             const std::optional<cp::blockage>& blocked = std::nullopt);

  /// How far it is, and how fast; shown on a terminal only, in a line that the next one takes the place of.
  void progress(std::size_t done, std::size_t of);

 private:
  void clear_progress() const;

  bool json_;
  bool terminal_;
  mutable bool progress_shown_ = false;
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
  std::string command_;
  json recovered_;
};

/// A report as JSON and as lines; `will` speaks of what is still to be done.
[[nodiscard]] json to_json(const cp::report& r);
[[nodiscard]] std::string to_lines(const cp::report& r, bool will);
[[nodiscard]] json to_json(const cp::blockage& b);

}  // namespace openkb
