#pragma once

/// \file
/// What the sample programs exit with, as their help lists it.

namespace terminal::exit_code {

inline constexpr int done = 0;
inline constexpr int failed = 1;
inline constexpr int usage = 2;
inline constexpr int needs_repair = 3;
inline constexpr int interrupted = 130;

}  // namespace terminal::exit_code
