#pragma once

/// \file
/// The conformance suite of observers.

#include <commitpoint/observe/interface.hpp>
#include <commitpoint/step.hpp>
#include <commitpoint/testing/conformance_report.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace commitpoint::testing {

/// Checks an observer: it must take whatever it hears, in any order and from any thread, and never throw. `make` gives
/// one, anew for every check.
template <class Observer, class Make>
[[nodiscard]] conformance_report check_observer(Make make) {
  static_assert(observe::Observer<Observer>);
  conformance_report report;
  const auto last = static_cast<std::uint8_t>(step_names.size());

  report.check("every step, in the order of the protocol", [&] {
    const Observer one = make();
    for (std::uint8_t s = 0; s < last; ++s) one(observe::event{static_cast<step>(s), 1, "wiki/index.md", 10});
  });
  report.check("every step, out of order and again", [&] {
    const Observer one = make();
    for (int round = 0; round < 3; ++round) {
      for (std::uint8_t s = last; s-- > 0;) one(observe::event{static_cast<step>(s), 7, "x", 0});
    }
  });
  report.check("a mutation that begins before another one ended", [&] {
    const Observer one = make();
    for (std::uint64_t number = 1; number < 5; ++number) one(observe::event{step::begin, number, {}, 0});
    for (std::uint64_t number = 1; number < 5; ++number) one(observe::event{step::published, number, {}, 0});
  });
  const std::vector<std::pair<std::string, std::string>> paths{
      {"no path", ""},
      {"a path with quotes and controls", "a \"b\"\\\n\t\x01/c"},
      {"a path that is not UTF-8", "caf\xe9/\xff\xfe"},
      {"a path with a NUL byte", std::string("a\0b", 3)},
      {"a long path", std::string(5000, 'p')}};
  for (const auto& [name, text] : paths) {
    report.check(name, [&, &path_text = text] {
      const Observer one = make();
      for (std::uint8_t s = 0; s < last; ++s) one(observe::event{static_cast<step>(s), 1, path_text, 1});
    });
  }
  report.check("the largest numbers", [&] {
    const Observer one = make();
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    for (int i = 0; i < 3; ++i) one(observe::event{step::stage, most, "x", most});
  });
  report.check("a copy hears on when the original is gone", [&] {
    std::optional<Observer> original(make());
    const Observer copy(*original);
    original.reset();
    for (std::uint8_t s = 0; s < last; ++s) copy(observe::event{static_cast<step>(s), 1, "x", 1});
  });
  report.check("several threads at once", [&] {
    const Observer one = make();
    std::atomic<bool> threw{false};
    std::vector<std::thread> threads;
    for (std::uint64_t t = 1; t <= 4; ++t) {
      threads.emplace_back([&, t] {
        try {
          for (int i = 0; i < 100; ++i) {
            for (const auto s : {step::begin, step::stage, step::commit, step::published}) {
              one(observe::event{s, t, "x", 1});
            }
          }
        } catch (...) {
          threw = true;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    expect(!threw, "it threw");
  });
  return report;
}

/// The same, of default-made ones.
template <class Observer>
[[nodiscard]] conformance_report check_observer() {
  return check_observer<Observer>([] { return Observer{}; });
}

}  // namespace commitpoint::testing
