#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/sync_set.hpp>
#include <commitpoint/testing/check_durability.hpp>
#include <commitpoint/testing/workbench.ipp>

#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

namespace commitpoint::testing {

namespace detail {

using promise_maker = function_ref<std::shared_ptr<durability::promise>()>;

/// Files in `a`, some of them written and in the set of a barrier.
class barrier_bench : public workbench {
 public:
  barrier_bench(promise_maker make, const path& base) : workbench(base), promise_(make()), set(promise_->few()) {
    set.add_filesystem(system, a, native.status(a).value().device).value();
  }

  void write(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      auto file = commitpoint::files::write_new_file(system, a, std::to_string(i), "x", 0600).value();
      set.add(std::move(file));
    }
    set.add(system.open(a, ".", {.directory = true}).value());
  }
  [[nodiscard]] result<bool> barrier() { return promise_->barrier(system, set); }
  [[nodiscard]] bool promises() const { return promise_->survives_power_loss(); }

  void expect_durable() {
    const auto left = system.inner().record().unsynced();
    expect(left.empty(), "after the barrier there is not durable:" + left);
  }

 private:
  std::shared_ptr<durability::promise> promise_;

 public:
  commitpoint::files::sync_set set;
};

/// What is asked of a durability policy.
struct durability_checks {
  static void empty_set(barrier_bench& one) { one.barrier().value(); }

  static void files(barrier_bench& one, std::size_t count) {
    one.write(count);
    const bool whole = one.barrier().value();
    if (!one.promises()) return;
    one.expect_durable();
    const auto synced = one.system.inner().record().filesystems.size();
    expect(!whole || synced > 0, "it says that the whole file system was synced, and it was not");
  }

  static void no_handles(barrier_bench& one) {
    one.put(one.a, "unknown", "x");
    (void)one.system.make_directory(one.a, "made", 0700).value();
    one.set.add_unknown();
    const bool whole = one.barrier().value();
    if (!one.promises()) return;
    one.expect_durable();
    expect(whole, "it does not say that the whole file system was synced");
  }

  static void filesystems(barrier_bench& one, const path& elsewhere) {
    const temporary_directory there(elsewhere);
    const auto other = one.system.open_root(there.path().native()).value();
    const auto device = one.native.status(other).value().device;
    if (device == one.native.status(one.a).value().device) throw conformance_report::skip("there is only one here");
    one.set.add_filesystem(one.system, other, device).value();
    one.set.add_unknown();
    one.barrier().value();
    expect(!one.promises() || one.system.inner().record().filesystems.contains(device), "the second was not synced");
  }

  static void failed_sync(barrier_bench& one, std::size_t count, system::call which) {
    if (!one.promises()) throw conformance_report::skip("it promises nothing after a power cut");
    one.write(count);
    one.system.reset_counts();
    one.system.arm({.nth = 1, .error = EIO, .only = which});
    const auto done = one.barrier();
    const auto counts = one.system.counts();
    one.system.disarm();
    if (counts.faults == 0) return;
    expect(!done, "the barrier succeeded");
    expect(counts.syncs() == 1, "it went on syncing after the failure");
  }
};

COMMITPOINT_INLINE conformance_report check_promise(promise_maker make, const path& base) {
  using checks = durability_checks;
  conformance_report report;
  const auto check = [&](const std::string& name, auto body) {
    report.check(name, [&] {
      barrier_bench one(make, base);
      body(one);
    });
  };

  check("an empty set", &checks::empty_set);
  for (const std::size_t count : {1U, 2U, 3U, 10U, 200U}) {
    check("a barrier over " + std::to_string(count) + " files", [&](barrier_bench& one) { checks::files(one, count); });
  }
  check("a barrier over what has no handle", &checks::no_handles);
  const path elsewhere = base.native() == "/tmp" ? "/dev/shm" : "/tmp";
  check("every file system of the set is synced", [&](barrier_bench& one) { checks::filesystems(one, elsewhere); });
  for (const std::size_t count : {2U, 200U}) {
    report.check("a failed sync is passed on, and not tried again: " + std::to_string(count) + " files", [&] {
      for (const auto which : {system::call::sync, system::call::sync_data, system::call::sync_filesystem}) {
        barrier_bench one(make, base);
        checks::failed_sync(one, count, which);
      }
    });
  }
  return report;
}

}  // namespace detail

}  // namespace commitpoint::testing
