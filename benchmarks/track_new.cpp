#include "track_new.hpp"

#include "adds.hpp"
#include "location.hpp"

#include <chrono>
#include <string>

namespace benchmarks {

namespace {

using clock = std::chrono::steady_clock;

double seconds_since(clock::time_point start) { return std::chrono::duration<double>(clock::now() - start).count(); }

void register_tracking(const std::string& name, std::size_t count, std::size_t at_once) {
  const auto work = [count, at_once](benchmark::State& state) {
    guarded(state, [&] {
      auto& t = tree::holding(0);
      {
        auto owner = cp::coordinator<>::open(t.root()).value().acquire().value();
        for (auto _ : state) {
          track_many(owner, count, at_once, [&](const auto& track) {
            const auto start = clock::now();
            track();
            state.SetIterationTime(seconds_since(start));
          });
        }
      }
      t.forget_adds();
    });
  };
  benchmark::RegisterBenchmark(name.c_str(), work)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);
}

// What a journal cannot do without: 512 bytes into room that was written before, and their sync, one after another.
void bare_syncs(benchmark::State& state) {
  constexpr std::size_t count = 1'000;
  guarded(state, [&] {
    raw_calls calls;
    const auto file = calls.overwrite(AT_FDCWD, place_of_run() + "/bare");
    calls.write(file, 0, std::string(count * 512, '\0'));
    calls.sync_filesystem(file);
    for (auto _ : state) {
      for (std::size_t i = 0; i < count; ++i) {
        calls.write(file, i * 512, content(512));
        calls.sync_data(file);
      }
    }
  });
}

}  // namespace

void register_track_new() {
  register_tracking("track_new, 1 call of 1,000", 1'000, 1'000);
  register_tracking("track_new, 1,000 calls", 1'000, 1);
  register_tracking("track_new, 250 calls", 250, 1);
  benchmark::RegisterBenchmark("bare syncs, 1,000", bare_syncs)
      ->Iterations(1)
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace benchmarks
