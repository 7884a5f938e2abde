#pragma once

/// \file
/// What openkb says: plain lines for people, one JSON object for programs.

#include "knowledge_base/error.hpp"
#include "terminal/output.hpp"

#include <commitpoint/report.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openkb {

using terminal::json;
using terminal::piece;
using terminal::speaking;
using terminal::to_json;
using terminal::tone;

inline constexpr terminal::program speaker{
    "openkb", {"openkb recover", "openkb recover --accept"}, exit_code_of, cause_of, advice_for};

class output : public terminal::output {
 public:
  output(terminal::standard_output& to, speaking how, std::string command)
      : terminal::output(to, speaker, how, std::move(command)) {}

  /// A failure, perhaps of a document. Gives the exit code.
  int failed(std::string_view status, const std::string& document, const cp::failure& f,
             const std::optional<cp::blockage>& blocked = std::nullopt) {
    const auto more = document.empty() ? json::object() : json{{"document", document}};
    return terminal::output::failed(status, document, f, blocked, more);
  }
};

[[nodiscard]] inline std::vector<std::string> to_lines(const cp::report& r, bool will) {
  return terminal::to_lines(r, will, speaker.settles);
}

}  // namespace openkb
