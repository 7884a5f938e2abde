#pragma once

/// \file
/// How large a run is: settings from the environment.

#include <cstddef>
#include <string>
#include <vector>

namespace benchmarks {

struct settings {
  std::size_t rounds = 21;                                 ///< at most; what takes long has fewer of its own
  std::vector<std::size_t> sizes{1'000, 10'000, 100'000};  ///< the trees beside the empty one
  std::vector<std::string> chapters = {};                  ///< by name; all if empty
  std::size_t largest_file = 64 << 20;                     ///< bytes, of what is snapshotted
  std::size_t largest_tree = 10'000;                       ///< files, of what is snapshotted
  std::size_t largest_mutation = 10'000;                   ///< files of one mutation
  std::string results = {};                                ///< where the figures go as JSON; nowhere if empty
  std::string title = {};                                  ///< what the file system is called in tables
};

/// \throws std::invalid_argument where a number is none
[[nodiscard]] settings settings_of_environment();

/// 1, 10, 100 and so on, from one power to the largest, inclusive.
[[nodiscard]] std::vector<std::size_t> powers_of_ten(std::size_t first, std::size_t largest);

}  // namespace benchmarks
