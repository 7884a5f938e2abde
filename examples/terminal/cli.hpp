#pragma once

/// \file
/// CLI11, as far as most sources need it: it takes long to be compiled.

namespace CLI {  // NOLINT(readability-identifier-naming): not our own
class App;
class Option;
class ParseError;
}  // namespace CLI
