#pragma once

/// \file
/// What each scenario may cost, in figures that are the same in every run. What costs more fails; of what costs a tenth
/// less the test says so, for its line to follow. Room is left only where a figure has more digits on some machine than
/// on another: three bytes in a thousand, and 5 % of the instructions.

#include <array>
#include <cstdint>
#include <string_view>

namespace budgets {

/// What was asked of the operating system through the door, and of operator new.
struct cost {
  std::uint64_t calls = 0;
  std::uint64_t syncs = 0;
  std::uint64_t bytes = 0;  ///< written
  std::uint64_t allocations = 0;
};

struct budget {
  std::string_view scenario;
  cost at_most;
  std::uint64_t instructions;  ///< outside the kernel, of g++ 12 with -O2
};

inline constexpr std::array all{
    budget{"staged add", {110, 2, 239'970, 94}, 285'000},
    budget{"staged add, no syncs", {108, 0, 239'980, 88}, 281'000},
    budget{"staged add, failed", {90, 0, 238'220, 68}, 131'000},
    budget{"in place", {181, 6, 14'580, 182}, 273'000},
    budget{"in place, failed", {397, 6, 14'530, 240}, 457'000},
    budget{"session", {137, 4, 240'450, 129}, 328'000},
    budget{"session, settling later", {133, 2, 240'330, 131}, 326'000},
    budget{"open", {9, 0, 0, 30}, 28'500},
    budget{"acquire on a settled tree", {12, 0, 0, 23}, 25'100},
    budget{"release after one add", {12, 2, 320, 10}, 15'800},
    budget{"read on a settled tree", {20, 0, 0, 25}, 60'900},
    budget{"batch of 64", {4'594, 2, 15'290'800, 2'202}, 13'200'000},
    budget{"track_new, 1 call of 1,000", {4'009, 1, 119'590, 3'008}, 10'500'000},
    budget{"track_new, 1,000 calls", {9'013, 1000, 1'348'700, 8'986}, 16'800'000},
};

}  // namespace budgets
