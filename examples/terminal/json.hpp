#pragma once

/// \file
/// What a program says to another one.

#include <nlohmann/json.hpp>

#include <string>

namespace terminal {

using json = nlohmann::ordered_json;

/// What standard output is given for an object: one line of JSON. Names of files need not be UTF-8; what is not is
/// replaced.
[[nodiscard]] std::string json_line(const json& object);

}  // namespace terminal
