#pragma once

/// \file
/// What a run is made of.

#include "settings.hpp"

#include <functional>
#include <string>
#include <vector>

namespace benchmarks {

/// Two figures that are to be compared, by their names, and what is to be reached.
struct ratio {
  std::string over;
  std::string under;
  int factor = 1;  ///< so many of `under`
  std::string target = {};
};

/// What is measured in turns, in rounds of its own.
struct chapter {
  std::string name;   ///< one word
  std::string title;  ///< what it is about
  std::size_t most_rounds;
  std::function<void()> register_all;
  std::vector<ratio> ratios;
};

/// All of them, or those that the settings name. \throws std::invalid_argument where there is none of such a name
[[nodiscard]] std::vector<chapter> chapters_of(const settings& s);

}  // namespace benchmarks
