#pragma once

/// \file
/// How a fuzz target reports that something does not hold.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>
#include <string>
#include <string_view>

namespace fuzzing {

/// Ends the process, as a sanitizer does, so that the fuzzer keeps the input.
[[noreturn]] inline void broken(std::string_view what) {
  std::fprintf(stderr, "\nBROKEN: %.*s\n", static_cast<int>(what.size()), what.data());
  std::abort();
}
inline void require(bool holds, std::string_view what) {
  if (!holds) broken(what);
}

/// Runs one input; an exception that comes out of what is tested is a finding. `std::bad_alloc` is none: a record may
/// ask for more memory than there is, and whoever has that much gets an answer.
template <class F>
int guarded(F run) {
  try {
    run();
  } catch (const std::bad_alloc&) {
    return 0;
  } catch (const std::exception& e) {
    broken(std::string("an exception came out: ") + e.what());
  }
  return 0;
}

[[nodiscard]] inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace fuzzing
