#pragma once

/// \file
/// How an add is measured, whatever carries it out.

#include "workload.hpp"

#include <benchmark/benchmark.h>

#include <cstddef>
#include <exception>
#include <string>

namespace benchmarks {

/// How many adds one repetition times. Few, and many rounds: what is compared then ran close together.
inline constexpr std::size_t adds_in_repetition = 5;

[[nodiscard]] inline std::string name_at(const std::string& name, std::size_t n) {
  return name + " / N=" + std::to_string(n);
}

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

// What is measured in trees of both sizes, each in the source file of its subject.
void register_floor(std::size_t n);
void register_staged(std::size_t n);
void register_in_place(std::size_t n);

// What is measured once.
void register_unsynced();
void register_other_hands();
void register_blobs();
void register_track_new();

}  // namespace benchmarks
