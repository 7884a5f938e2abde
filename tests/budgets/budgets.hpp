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
    budget{"staged add", {223, 2, 239'970, 106}, 346'000},
    budget{"staged add, no syncs", {221, 0, 239'980, 100}, 345'000},
    budget{"staged add, failed", {141, 0, 238'220, 67}, 163'000},
    budget{"in place", {192, 6, 14'580, 185}, 278'000},
    budget{"in place, failed", {398, 6, 14'530, 242}, 455'000},
    budget{"session", {276, 4, 240'400, 174}, 409'000},
    budget{"open", {9, 0, 0, 30}, 27'600},
    budget{"acquire on a settled tree", {40, 0, 0, 58}, 44'900},
    budget{"release after one add", {18, 2, 280, 10}, 20'700},
    budget{"read on a settled tree", {46, 0, 0, 60}, 81'000},
    budget{"batch of 64", {6'402, 2, 15'290'800, 2'522}, 13'500'000},
    budget{"track_new, 1 call of 1,000", {4'008, 1, 119'590, 3'007}, 10'400'000},
    budget{"track_new, 1,000 calls", {9'005, 1000, 822'760, 8'983}, 16'600'000},
};

}  // namespace budgets
