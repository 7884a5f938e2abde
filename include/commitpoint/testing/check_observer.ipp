#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/step.hpp>
#include <commitpoint/testing/check_observer.hpp>
#include <commitpoint/testing/conformance_report.ipp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace commitpoint::testing {

namespace detail {

/// What is asked of an observer.
struct observer_checks {
  using observed = std::unique_ptr<heard_observer>;

  static constexpr auto last = static_cast<std::uint8_t>(step_names.size());

  static void each_step(const heard_observer& one, const observe::event& e) {
    for (std::uint8_t s = 0; s < last; ++s) one.hear({static_cast<step>(s), e.mutation, e.path, e.bytes});
  }

  static void in_order(observed one) { each_step(*one, {step::none, 1, "wiki/index.md", 10}); }

  static void out_of_order(observed one) {
    for (int round = 0; round < 3; ++round) {
      for (std::uint8_t s = last; s-- > 0;) one->hear({static_cast<step>(s), 7, "x", 0});
    }
  }

  static void overlapping_mutations(observed one) {
    for (std::uint64_t number = 1; number < 5; ++number) one->hear({step::begin, number, {}, 0});
    for (std::uint64_t number = 1; number < 5; ++number) one->hear({step::published, number, {}, 0});
  }

  static void no_path(observed one) { each_step(*one, {step::none, 1, "", 1}); }
  static void quoted_path(observed one) { each_step(*one, {step::none, 1, "a \"b\"\\\n\t\x01/c", 1}); }
  static void path_of_bytes(observed one) { each_step(*one, {step::none, 1, "caf\xe9/\xff\xfe", 1}); }
  static void path_with_nul(observed one) { each_step(*one, {step::none, 1, {"a\0b", 3}, 1}); }
  static void long_path(observed one) {
    const std::string text(5000, 'p');
    each_step(*one, {step::none, 1, text, 1});
  }

  static void largest_numbers(observed one) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    for (int i = 0; i < 3; ++i) one->hear({step::stage, most, "x", most});
  }

  static void copies(observed one) {
    const auto copy = one->copy();
    one.reset();
    each_step(*copy, {step::none, 1, "x", 1});
  }

  static void threads(observed one) {
    std::atomic<bool> threw{false};
    std::vector<std::thread> several;
    for (std::uint64_t t = 1; t <= 4; ++t) {
      several.emplace_back([&, t] {
        try {
          for (int i = 0; i < 100; ++i) {
            for (const auto s : {step::begin, step::stage, step::commit, step::published}) one->hear({s, t, "x", 1});
          }
        } catch (...) {
          threw = true;
        }
      });
    }
    for (auto& thread : several) thread.join();
    expect(!threw, "it threw");
  }
};

struct observer_check {
  const char* name;
  void (*body)(std::unique_ptr<heard_observer>);
};

inline constexpr observer_check all_observer_checks[] = {
    {"every step, in the order of the protocol", &observer_checks::in_order},
    {"every step, out of order and again", &observer_checks::out_of_order},
    {"a mutation that begins before another one ended", &observer_checks::overlapping_mutations},
    {"no path", &observer_checks::no_path},
    {"a path with quotes and controls", &observer_checks::quoted_path},
    {"a path that is not UTF-8", &observer_checks::path_of_bytes},
    {"a path with a NUL byte", &observer_checks::path_with_nul},
    {"a long path", &observer_checks::long_path},
    {"the largest numbers", &observer_checks::largest_numbers},
    {"a copy hears on when the original is gone", &observer_checks::copies},
    {"several threads at once", &observer_checks::threads},
};

COMMITPOINT_INLINE conformance_report check_heard(function_ref<std::unique_ptr<heard_observer>()> make) {
  conformance_report report;
  for (const auto& one : all_observer_checks) {
    report.check(one.name, [&] { one.body(make()); });
  }
  return report;
}

}  // namespace detail

}  // namespace commitpoint::testing
