#pragma once

/// \file
/// The conformance suite of durability policies.

#include <commitpoint/files/sync_set.hpp>
#include <commitpoint/durability/interface.hpp>
#include <commitpoint/testing/workbench.hpp>

#include <cstddef>
#include <string>

namespace commitpoint::testing {

namespace detail {

/// Files in `a`, some of them written and in the set of a barrier.
template <class Policy>
class barrier_bench : public workbench {
 public:
  using backend = typename Policy::template backend<suite_system>;

  barrier_bench(const Policy& settings, const path& base)
      : workbench(base), durability(settings), set(durability.few()) {
    set.add_filesystem(system, a, native.status(a).value().device).value();
  }

  void write(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto file = commitpoint::detail::write_new_file(system, a, std::to_string(i), "x", 0600).value();
      set.add(std::move(file));
    }
    set.add(system.open(a, ".", {.directory = true}).value());
  }
  void expect_durable() {
    const auto left = system.inner().record().unsynced();
    expect(left.empty(), "after the barrier there is not durable:" + left);
  }

  backend durability;
  commitpoint::detail::sync_set<suite_system> set;
};

}  // namespace detail

/// Checks a durability policy. One that promises nothing after a power cut is only asked not to fail.
template <class Policy>
[[nodiscard]] conformance_report check_durability(const Policy& settings = {}, const path& base = suite_place()) {
  using bench = detail::barrier_bench<Policy>;
  static_assert(durability::Durability<typename bench::backend, suite_system, Policy>);
  constexpr bool promises = bench::backend::survives_power_loss;
  conformance_report report;

  report.check("an empty set", [&] {
    bench one(settings, base);
    one.durability.barrier(one.system, one.set).value();
  });
  for (const std::size_t count : {std::size_t{1}, std::size_t{2}, std::size_t{3}, std::size_t{10}, std::size_t{200}}) {
    report.check("a barrier over " + std::to_string(count) + " files", [&] {
      bench one(settings, base);
      one.write(count);
      const bool whole = one.durability.barrier(one.system, one.set).value();
      if (!promises) return;
      one.expect_durable();
      const auto synced = one.system.inner().record().filesystems.size();
      expect(!whole || synced > 0, "it says that the whole file system was synced, and it was not");
    });
  }
  report.check("a barrier over what has no handle", [&] {
    bench one(settings, base);
    one.put(one.a, "unknown", "x");
    (void)one.system.make_directory(one.a, "made", 0700).value();
    one.set.add_unknown();
    const bool whole = one.durability.barrier(one.system, one.set).value();
    if (!promises) return;
    one.expect_durable();
    expect(whole, "it does not say that the whole file system was synced");
  });
  report.check("every file system of the set is synced", [&] {
    bench one(settings, base);
    const temporary_directory elsewhere(base.native() == "/tmp" ? path("/dev/shm") : path("/tmp"));
    const auto other = one.system.open_root(elsewhere.path().native()).value();
    const auto device = one.native.status(other).value().device;
    if (device == one.native.status(one.a).value().device) throw conformance_report::skip("there is only one here");
    one.set.add_filesystem(one.system, other, device).value();
    one.set.add_unknown();
    one.durability.barrier(one.system, one.set).value();
    expect(!promises || one.system.inner().record().filesystems.contains(device), "the second was not synced");
  });
  for (const std::size_t count : {std::size_t{2}, std::size_t{200}}) {
    report.check("a failed sync is passed on, and not tried again: " + std::to_string(count) + " files", [&] {
      if (!promises) throw conformance_report::skip("it promises nothing after a power cut");
      for (const auto which : {system::call::sync, system::call::sync_data, system::call::sync_filesystem}) {
        bench one(settings, base);
        one.write(count);
        one.system.reset_counts();
        one.system.arm({.nth = 1, .error = EIO, .only = which});
        const auto done = one.durability.barrier(one.system, one.set);
        const auto counts = one.system.counts();
        one.system.disarm();
        if (counts.faults == 0) continue;
        expect(!done, "the barrier succeeded");
        expect(counts.syncs() == 1, "it went on syncing after the failure");
      }
    });
  }
  return report;
}

}  // namespace commitpoint::testing
