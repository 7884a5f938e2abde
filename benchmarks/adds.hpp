#pragma once

/// \file
/// How an add is measured, whatever carries it out.

#include "measured.hpp"
#include "workload.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <exception>
#include <string>

namespace benchmarks {

/// How many adds one repetition times. Few, and many rounds: what is compared then ran close together.
inline constexpr std::size_t adds_in_repetition = 5;

/// The name of what is measured in the tree of that size.
[[nodiscard]] inline std::string name_at(const std::string& series, std::size_t n) { return name_at(series, "N", n); }

/// Runs a benchmark's work; an exception ends the benchmark with its message.
template <class F>
void guarded(benchmark::State& state, F work) {
  try {
    work();
  } catch (const std::exception& e) {
    state.SkipWithError(e.what());
  }
}

/// Registers adds in the tree of size `n`. `open(tree&)` gives what does one add; the first that it does is not timed,
/// because it pays for what later ones share.
template <class Open>
void register_add(const std::string& name, std::size_t n, Open open) {
  const auto work = [n, open](benchmark::State& state) {
    guarded(state, [&] {
      auto& t = tree::holding(n);
      {
        auto add = open(t);
        const auto all = t.next_adds(adds_in_repetition + 1);
        auto next = all.begin();
        add(*next++);
        for (auto _ : state) add(*next++);
      }
      t.forget_adds();
    });
  };
  benchmark::RegisterBenchmark(name_at(name, n).c_str(), work)
      ->Iterations(adds_in_repetition)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

struct settings;

// Each in the source file of its subject. In a tree of so many:
void register_floor(std::size_t n);
void register_staged(std::size_t n);
void register_in_place(std::size_t n);
void register_failed(std::size_t n);
void register_failed_in_place(std::size_t n);
void register_drains(std::size_t n);

// In the empty tree, or in one of its own:
void register_settling_later();
void register_unsynced();
void register_other_hands();
void register_blobs();
void register_version_stores();
void register_track_new();
void register_batches();
void register_preparing();
void register_snapshots(const settings& s);
void register_journals();
void register_locks();
void register_many_files(const settings& s);

}  // namespace benchmarks
