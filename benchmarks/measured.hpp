#pragma once

/// \file
/// What measures itself: which part of its work counts, and what else it has to tell.

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

namespace benchmarks {

/// One measurement. The others have names that end in their unit: "peak memory, MB".
struct measured {
  double seconds = 0;
  std::map<std::string, double> others = {};
};

/// Registers a figure that is measured so many times in a round, and of which the round's mean is taken.
void register_measured(const std::string& name, int times, const std::function<measured()>& work);

/// Where a figure stands on the axis of a plot.
struct point {
  std::string series;
  std::string axis;
  std::size_t at = 0;
};

/// The name of a figure that is one point of a series: "staged, N = 1,000". What it is a point of can be asked for.
[[nodiscard]] std::string name_at(const std::string& series, const std::string& axis, std::size_t at);
[[nodiscard]] const point* point_of(const std::string& name);

/// A number as people write it: "100,000".
[[nodiscard]] std::string with_commas(std::size_t number);

class stopwatch {
 public:
  [[nodiscard]] double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// How long it takes.
template <class F>
[[nodiscard]] measured time_of(F work) {
  const stopwatch watch;
  work();
  return {watch.seconds()};
}

}  // namespace benchmarks
