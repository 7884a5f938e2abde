// One mutation of many files: what it holds in memory, and what its drain does.

#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>

#include <doctest/doctest.h>

#include <sys/resource.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// A sanitizer has memory of its own for each allocation.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define COMMITPOINT_TEST_SANITIZED
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define COMMITPOINT_TEST_SANITIZED
#endif
#endif

namespace {

namespace cp = commitpoint;
using machine = cp::system::faulty<cp::system::native>;

std::string name_of(int i) { return "file" + std::to_string(i); }

struct cost {
  std::int64_t memory = 0;  // bytes, at the peak
  std::uint64_t calls = 0;
};

// Of what a process of its own does through `system`.
template <class F>
cost of_process(machine& system, F work) {
  support::child one([&]() -> std::string {
    work();
    rusage used{};
    if (::getrusage(RUSAGE_SELF, &used) != 0) return "no usage";
    return std::to_string(used.ru_maxrss) + " " + std::to_string(system.counts().total);
  });
  const auto said = one.answer();
  const auto space = said.find(' ');
  REQUIRE_MESSAGE(said.find_first_not_of("0123456789 ") == std::string::npos, said);
  REQUIRE(space != std::string::npos);
  return {std::stoll(said) * 1024, std::stoull(said.substr(space))};
}

struct costs {
  cost commit;
  cost drain;
};

// Of a mutation that writes n files; and of the drain after it was killed at the first rename.
costs of_files(int n) {
  const auto change = [n](const cp::path& root, machine& system, cp::system::fault_plan then = {}) {
    auto mine = cp::coordinator<machine>::open(root, {}, system).value().acquire().value();
    return mine.run({.operation = "n"}, [&](cp::mutation& m) -> cp::result<void> {
      for (int i = 0; i < n; ++i) {
        BOOST_OUTCOME_TRYV(m.write(name_of(i), "new"));
      }
      if (then.nth != 0) system.arm(then);
      return cp::success();
    });
  };
  costs found;
  {
    const support::place p(support::tree{});
    machine system;
    found.commit = of_process(system, [&] { change(p.root(), system).value(); });
  }
  const support::place p(support::tree{});
  machine killing;
  support::child killed([&]() -> std::string {
    (void)change(p.root(), killing,
                 {.nth = 1, .effect = cp::system::fault::ends_process, .only = cp::system::call::rename});
    return "it lived";
  });
  REQUIRE(killed.answer() == "killed by signal 9");
  machine system;
  found.drain = of_process(system, [&] {
    cp::coordinator<machine>::open(p.root(), {}, system).value().acquire().value().release().value();
  });
  REQUIRE(support::fs::exists(p / name_of(n - 1)));
  return found;
}

}  // namespace

TEST_CASE("A23: a mutation of many files and its drain hold at most 1 KB a file, and the drain calls little more") {
  constexpr int few = 2'000;
  constexpr int many = 22'000;
  const auto of_few = of_files(few);
  const auto of_many = of_files(many);
  const auto a_file = [](const cost& large, const cost& small) { return (large.memory - small.memory) / (many - few); };
  const auto committing = a_file(of_many.commit, of_few.commit);
  const auto draining = a_file(of_many.drain, of_few.drain);
  MESSAGE("bytes a file: " << committing << " for the commit, " << draining << " for the drain");
#ifndef COMMITPOINT_TEST_SANITIZED
  CHECK(committing <= 1024);
  CHECK(draining <= 1024);
#endif
  CHECK(2 * of_many.drain.calls <= 3 * of_many.commit.calls);
  MESSAGE("calls: " << of_many.commit.calls << " for the commit, " << of_many.drain.calls << " for the drain");
}
