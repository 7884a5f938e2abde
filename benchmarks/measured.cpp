#include "measured.hpp"

#include "adds.hpp"

#include <benchmark/benchmark.h>

namespace benchmarks {

namespace {

std::map<std::string, point>& points() {
  static std::map<std::string, point> all;
  return all;
}

}  // namespace

void register_measured(const std::string& name, int times, const std::function<measured()>& work) {
  const auto run = [work](benchmark::State& state) {
    guarded(state, [&] {
      for (auto _ : state) {
        const auto one = work();
        state.SetIterationTime(one.seconds);
        for (const auto& [what, value] : one.others) state.counters[what] += value;
      }
      for (auto& [what, sum] : state.counters) sum.value /= static_cast<double>(state.iterations());
    });
  };
  benchmark::RegisterBenchmark(name.c_str(), run)->Iterations(times)->UseManualTime()->Unit(benchmark::kMillisecond);
}

std::string name_at(const std::string& series, const std::string& axis, std::size_t at) {
  const auto name = series + ", " + axis + " = " + with_commas(at);
  points()[name] = {series, axis, at};
  return name;
}

const point* point_of(const std::string& name) {
  const auto known = points().find(name);
  return known == points().end() ? nullptr : &known->second;
}

std::string with_commas(std::size_t number) {
  auto text = std::to_string(number);
  for (auto i = text.size(); i > 3; i -= 3) text.insert(i - 3, ",");
  return text;
}

}  // namespace benchmarks
