#include "support/mounts.hpp"
#include "support/undone.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using cp::touch;
using cp::system::call;
using support::overwrite;
using support::place;

using faulty = cp::system::faulty<cp::system::native>;
using coordinator = cp::coordinator<faulty>;

static_assert(std::is_same_v<cp::default_policy<cp::kind::snapshot>::type, cp::snapshot::adaptive>);

namespace {

support::tree some_files() {
  support::tree t{{"f", "a file"}, {"t", "/"}};
  for (int i = 0; i < 20; ++i) t["t/" + std::to_string(i)] = "file " + std::to_string(i);
  return t;
}

// What it took to save, by a mutation that changes nothing else.
cp::system::call_counts cost_of(coordinator::owner_type& owner, faulty& system, const touch& what) {
  system.reset_counts();
  cp::system::call_counts counts;
  REQUIRE(owner.run({.touches = {what}}, [&](cp::mutation&) -> cp::result<void> {
    counts = system.counts();
    return cp::success();
  }));
  return counts;
}

}  // namespace

TEST_CASE("adaptive asks a file system that cannot clone once, then links or copies as the touch says") {
  const place p(some_files());
  faulty system;
  auto notes = coordinator::open(p.root(), {}, system).value();
  {
    auto owner = notes.acquire().value();
    const auto first = cost_of(owner, system, touch::tree("t"));
    CHECK(first.of(call::clone) == 1);
    CHECK(first.of(call::link) == 0);
    CHECK(first.of(call::copy_range) == 20);
    const auto second = cost_of(owner, system, touch::replaced_tree("t"));
    CHECK(second.of(call::clone) == 0);
    CHECK(second.of(call::link) == 20);
    CHECK(second.of(call::copy_range) == 0);
    CHECK(cost_of(owner, system, touch::file("f")).of(call::copy_range) == 1);
  }
  // What it knows is the coordinator's, not one owner's.
  auto owner = notes.acquire().value();
  CHECK(cost_of(owner, system, touch::tree("t")).of(call::clone) == 0);
}

TEST_CASE("adaptive clones where it can, and copies the one file that cannot be cloned") {
  for (const auto* type : {"xfs", "btrfs"}) {
    const support::loop_mounted mounted(type);
    if (!mounted.why_not().empty()) {
      MESSAGE("SKIPPED: " << mounted.why_not());
      return;
    }
    const place p(some_files(), mounted.where());
    faulty system;
    auto notes = coordinator::open(p.root(), {}, system).value();
    auto owner = notes.acquire().value();
    const auto cost = cost_of(owner, system, touch::replaced_tree("t"));
    CHECK(cost.of(call::clone) == 20);
    CHECK(cost.of(call::link) == 0);
    CHECK(cost.of(call::copy_range) == 0);
    system.arm({.nth = 2, .error = EINVAL, .only = call::clone});
    const auto but_one = cost_of(owner, system, touch::tree("t"));
    CHECK(but_one.of(call::clone) == 20);
    CHECK(but_one.of(call::copy_range) == 1);
  }
}

TEST_CASE("F9: adaptive asks each file system for itself") {
  const support::loop_mounted xfs("xfs");
  if (!xfs.why_not().empty()) {
    MESSAGE("SKIPPED: " << xfs.why_not());
    return;
  }
  const place p({{"f", "a file"}, {"g", "another"}, {"other", "/"}}, xfs.where());
  const support::mounted other(p / "other");
  support::build(p.root(), {{"other/a", "elsewhere"}, {"other/b", "elsewhere"}});
  faulty system;
  auto notes = coordinator::open(p.root(), {}, system).value();
  auto owner = notes.acquire().value();
  CHECK(cost_of(owner, system, touch::file("other/a")).of(call::clone) == 1);
  CHECK(cost_of(owner, system, touch::file("other/b")).of(call::clone) == 0);
  const auto here = cost_of(owner, system, touch::file("f"));
  CHECK(here.of(call::clone) == 1);
  CHECK(here.of(call::copy_range) == 0);
  CHECK(cost_of(owner, system, touch::file("g")).of(call::clone) == 1);
}

TEST_CASE("F7: adaptive takes an error of the clone for what it is") {
  const place p(some_files());
  faulty system;
  auto notes = coordinator::open(p.root(), {}, system).value();
  auto owner = notes.acquire().value();
  for (const int error : {EIO, ENOSPC, EDQUOT, ENOMEM}) {
    system.arm({.nth = 1, .error = error, .only = call::clone});
    const auto done =
        owner.run({.touches = {touch::tree("t")}}, [](cp::mutation&) -> cp::result<void> { return cp::success(); });
    CHECK(done.error() == std::error_code(error, std::system_category()));
    CHECK(done.error().path() == "t/0");
  }
  CHECK(support::shape(p.root()) == some_files());
}

TEST_CASE("adaptive may be used by several threads") {
  const place p(some_files());
  faulty system;
  const auto strategy = cp::snapshot::adaptive{}.make();
  const auto files = system.open_root((p / "t").native()).value();
  const auto backups = system.open_root(p.outside().native()).value();
  std::vector<std::thread> threads;
  std::vector<int> failures(4, 0);
  for (std::size_t t = 0; t < failures.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 20; ++i) {
        const auto backup = std::to_string(t) + "-" + std::to_string(i);
        const auto saved = strategy->save(system, files, std::to_string(i), backups, backup, false);
        if (!saved || !strategy->intact(system, backups, backup, saved.value().evidence).value()) ++failures[t];
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(failures == std::vector<int>(4, 0));
  CHECK(system.counts().of(call::clone) <= 4);
}

TEST_CASE("reflink says what to do where it cannot be had, and leaves nothing behind") {
  const place p(some_files());
  auto notes = cp::coordinator<cp::snapshot::reflink>::open(p.root()).value();
  auto owner = notes.acquire().value();
  for (const auto& [what, path] : {std::pair{touch::file("f"), "f"}, {touch::tree("t"), "t/0"}}) {
    bool ran = false;
    const auto done = owner.run({.touches = {what}}, [&](cp::mutation&) -> cp::result<void> {
      ran = true;
      return cp::success();
    });
    REQUIRE_FALSE(done);
    CHECK_FALSE(ran);
    CHECK(done.error() == errc::unsupported);
    CHECK(done.error().path() == path);
    CHECK(done.error().message().find("use snapshot::adaptive") != std::string::npos);
    CHECK(done.error().outcome() == cp::outcome::rolled_back);
  }
  CHECK(support::leftovers(p.root()).empty());
  CHECK(support::shape(p.root()) == some_files());
  // What is not there needs no blocks.
  CHECK(owner.run({.touches = {touch::file("new")}}, [](cp::mutation&) -> cp::result<void> { return cp::success(); }));
}
