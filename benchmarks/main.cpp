// Runs every chapter in rounds and prints, as Markdown, what docs/benchmarks.md is about.
//
//     COMMITPOINT_BENCH_DIR               where to run; the current directory if it is not set
//     COMMITPOINT_BENCH_ROUNDS            how often everything is measured, at most; 21
//     COMMITPOINT_BENCH_N                 the trees beside the empty one, in pages of each kind; "1000 10000 100000"
//     COMMITPOINT_BENCH_CHAPTERS          some of: adds trees crashes batches prepare snapshots journals locks many
//                                         track_new; all if it is not set
//     COMMITPOINT_BENCH_LARGEST_FILE      of what is snapshotted, in bytes; 67108864
//     COMMITPOINT_BENCH_LARGEST_TREE      of what is snapshotted, in files; 10000
//     COMMITPOINT_BENCH_LARGEST_MUTATION  files of one mutation; 10000
//     COMMITPOINT_BENCH_RESULTS           a file that the figures go to, as JSON
//     COMMITPOINT_BENCH_TITLE             what the file system is called in tables
//     COMMITPOINT_BENCH_BARRIERS          if it is set, only the table of docs/policies/durability.md is printed
//
// Google Benchmark's own options work as well, `--benchmark_filter` for one. Instead of running,
//
//     benchmarks --tables results.json    prints the tables of results that are there
//     benchmarks --series results.json    and what plots are made of (report.hpp)

#include "barriers.hpp"
#include "chapters.hpp"
#include "counts.hpp"
#include "location.hpp"
#include "many_files.hpp"
#include "measured.hpp"
#include "report.hpp"
#include "rounds.hpp"
#include "settings.hpp"

#include <commitpoint/version.hpp>

#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

namespace {

using benchmarks::settings;
using nlohmann::json;

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

// Null where there was nothing to run, or it was only listed.
json run_chapter(const benchmarks::chapter& c, const settings& s, bool& failed) {
  const benchmarks::stopwatch watch;
  benchmark::ClearRegisteredBenchmarks();
  c.register_all();
  benchmarks::rounds rounds;
  const auto count = std::min(s.rounds, c.most_rounds);
  for (std::size_t i = 0; i < count; ++i) {
    benchmark::RunSpecifiedBenchmarks(&rounds);
    failed = failed || rounds.failed();
    if (rounds.empty()) return {};
  }
  std::cerr << c.name << ": " << count << " rounds in " << static_cast<int>(watch.seconds()) << " s\n";
  return {{"name", c.name},
          {"title", c.title},
          {"rounds", count},
          {"ratios", rounds.ratios(c.ratios)},
          {"figures", rounds.figures()}};
}

json run_all(const settings& s, bool& failed) {
  const auto system = benchmarks::file_system_of_run();
  json run{{"title", s.title.empty() ? system.substr(0, system.find(',')) : s.title}, {"file system", system}};
  run["chapters"] = json::array();
  for (const auto& c : benchmarks::chapters_of(s)) {
    if (auto done = run_chapter(c, s, failed); !done.is_null()) run["chapters"].push_back(std::move(done));
  }
  const bool counts = s.chapters.empty() || std::ranges::count(s.chapters, "trees") != 0;
  if (counts && !run["chapters"].empty()) run["counts"] = benchmarks::counts_of_adds(s.sizes);
  return run;
}

int run() {
  const auto s = benchmarks::settings_of_environment();
  bool failed = false;
  const auto done = run_all(s, failed);
  const json results{{"version", commitpoint::version::text}, {"runs", {done}}};
  if (!s.results.empty() && !(std::ofstream(s.results) << done.dump(1) << '\n')) {
    std::cerr << "cannot write " << s.results << '\n';
    failed = true;
  }
  benchmarks::print_tables(std::cout, results);
  return failed ? 1 : 0;
}

json read_results(const std::string& name) {
  std::ifstream in(name);
  return json::parse(in);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::string_view mode = argc > 1 ? argv[1] : "";
    if (mode == "--worker") {
      benchmarks::work_on_many_files({argv + 2, argv + argc});
      return 0;
    }
    if (argc == 3 && mode == "--tables") return benchmarks::print_tables(std::cout, read_results(argv[2])), 0;
    if (argc == 3 && mode == "--series") return benchmarks::print_series(std::cout, read_results(argv[2])), 0;
    read_arguments(argc, argv);
    if (std::getenv("COMMITPOINT_BENCH_BARRIERS") != nullptr) {
      std::cout << "File system: " << benchmarks::file_system_of_run() << ".\n\n";
      benchmarks::print_barriers(std::cout, benchmarks::settings_of_environment().rounds);
      return 0;
    }
    return run();
  } catch (const std::exception& e) {
    std::cerr << e.what() << '\n';
    return 1;
  }
}
