// Runs every benchmark in rounds and prints, as Markdown, the ratios that docs/benchmarks.md is about.
//
//     COMMITPOINT_BENCH_DIR      where to run; the current directory if it is not set
//     COMMITPOINT_BENCH_ROUNDS   how often everything is measured; 21
//     COMMITPOINT_BENCH_N        the larger of the two trees, in pages of each kind; 10000
//     COMMITPOINT_BENCH_BARRIERS if it is set, only the table of docs/policies/durability.md is printed
//
// Google Benchmark's own options work as well, `--benchmark_filter` for one.

#include "adds.hpp"
#include "barriers.hpp"
#include "counts.hpp"
#include "location.hpp"
#include "ratios.hpp"

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

namespace {

std::size_t setting(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text != nullptr && *text != '\0' ? std::stoul(text) : otherwise;
}

void register_all(std::size_t n) {
  std::vector<std::size_t> sizes{0};
  if (n != 0) sizes.push_back(n);
  for (const auto size : sizes) {
    benchmarks::register_floor(size);
    benchmarks::register_staged(size);
    benchmarks::register_in_place(size);
  }
  benchmarks::register_unsynced();
  benchmarks::register_other_hands();
  benchmarks::register_blobs();
  benchmarks::register_track_new();
}

// The order within a round is random unless an argument says otherwise.
void read_arguments(int argc, char** argv) {
  static std::string interleave = "--benchmark_enable_random_interleaving=true";
  std::vector<char*> all(argv, argv + argc);
  all.insert(all.begin() + 1, interleave.data());
  all.push_back(nullptr);
  int count = argc + 1;
  benchmark::Initialize(&count, all.data());
  if (benchmark::ReportUnrecognizedArguments(count, all.data())) std::exit(2);
}

int run() {
  const auto n = setting("COMMITPOINT_BENCH_N", 10'000);
  const auto count = setting("COMMITPOINT_BENCH_ROUNDS", 21);
  register_all(n);
  benchmarks::rounds rounds;
  for (std::size_t i = 0; i < count; ++i) {
    benchmark::RunSpecifiedBenchmarks(&rounds);
    if (rounds.empty()) return rounds.failed() ? 1 : 0;  // nothing to run, or only listed
    std::cerr << "round " << i + 1 << " of " << count << '\n';
  }
  std::cout << "File system: " << benchmarks::file_system_of_run() << ". " << count << " rounds of "
            << benchmarks::adds_in_repetition << " adds each.\n\n";
  rounds.print_ratios(std::cout, n);
  std::cout << '\n';
  rounds.print_times(std::cout);
  std::cout << '\n';
  benchmarks::print_counts(std::cout);
  return rounds.failed() ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    read_arguments(argc, argv);
    if (std::getenv("COMMITPOINT_BENCH_BARRIERS") != nullptr) {
      std::cout << "File system: " << benchmarks::file_system_of_run() << ".\n\n";
      benchmarks::print_barriers(std::cout, setting("COMMITPOINT_BENCH_ROUNDS", 21));
      return 0;
    }
    return run();
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
