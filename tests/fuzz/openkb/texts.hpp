#pragma once

/// \file
/// What the fuzz targets of openkb's converters share: what has to be true of every text that comes out of one.

#include "findings.hpp"
#include "terminal/utf8.hpp"

#include <cstddef>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>

namespace fuzzing {

[[nodiscard]] inline bool is_utf8(std::string_view text) noexcept {
  return utf8::first_error(text) == std::string_view::npos;
}
[[nodiscard]] inline bool is_one_line(std::string_view text) noexcept {
  return text.find_first_of("\n\r") == std::string_view::npos;
}

/// Runs some texts, one in 256, over again: repeated until they are long. What takes a time to the square of the length
/// takes minutes then, and what does not a tenth of the limit.
template <class F>
void require_linear_time(std::string_view text, F run) {
  constexpr std::size_t length = 65536;
  constexpr double seconds = 3;  // of the processor's time, with sanitizers
  if (text.empty() || std::hash<std::string_view>()(text) % 256 != 0) return;
  std::string repeated;
  while (repeated.size() < length) repeated += text;
  const auto begun = std::clock();
  run(repeated);
  const auto taken = static_cast<double>(std::clock() - begun) / CLOCKS_PER_SEC;
  require(taken < seconds, "64 KiB took " + std::to_string(taken) + " s");
}

}  // namespace fuzzing
