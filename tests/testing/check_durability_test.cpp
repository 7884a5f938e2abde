#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/durability/process_crash.hpp>
#include <commitpoint/testing/check_durability.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <memory>

namespace cp = commitpoint;

namespace {

using cp::files::sync_set;
using cp::system::door;

// durability::power_loss with one thing wrong.
class broken : public cp::durability::promise {
 public:
  [[nodiscard]] bool survives_power_loss() const noexcept override { return true; }
  [[nodiscard]] std::size_t few() const noexcept override { return honest_->few(); }
  cp::result<bool> barrier(door& system, const sync_set& set) const override { return honest_->barrier(system, set); }

 private:
  std::shared_ptr<const cp::durability::promise> honest_ = cp::durability::power_loss{}.make();
};

struct lying : broken {
  cp::result<bool> barrier(door&, const sync_set&) const override { return true; }
};

// Knows only what it has handles of.
struct only_nodes : broken {
  cp::result<bool> barrier(door& system, const sync_set& set) const override {
    for (const auto& node : set.nodes()) {
      BOOST_OUTCOME_TRYV(system.sync(node));
    }
    return false;
  }
};

struct retrying : broken {
  cp::result<bool> barrier(door& system, const sync_set& set) const override {
    auto done = broken::barrier(system, set);
    return done ? done : broken::barrier(system, set);
  }
};

struct first_filesystem : broken {
  cp::result<bool> barrier(door& system, const sync_set& set) const override {
    BOOST_OUTCOME_TRYV(system.sync_filesystem(*set.filesystems().front().handle));
    return true;
  }
};

}  // namespace

TEST_CASE("the durability suite passes the built-in policies") {
  for (const auto& report : {cp::testing::check_durability<cp::durability::power_loss>(),
                             cp::testing::check_durability<cp::durability::power_loss>({.filesystem_sync_from = 1000}),
                             cp::testing::check_durability<cp::durability::power_loss>({.filesystem_sync_from = 0}),
                             cp::testing::check_durability<cp::durability::process_crash>()}) {
    CHECK_MESSAGE(report.passed(), report.text());
  }
}

TEST_CASE("the durability suite finds broken policies") {
  CHECK(cp::testing::check_durability<lying>().failed("a barrier over 1 files"));

  const auto blind = cp::testing::check_durability<only_nodes>();
  CHECK(blind.failed("a barrier over what has no handle"));
  CHECK(blind.failed("a barrier over 200 files"));
  CHECK_FALSE(blind.failed("a barrier over 1 files"));

  const auto again = cp::testing::check_durability<retrying>();
  CHECK(again.failed("a failed sync is passed on, and not tried again: 2 files"));
  CHECK(again.failed("a failed sync is passed on, and not tried again: 200 files"));
  CHECK_FALSE(again.failed("a barrier over 200 files"));

  const auto one = cp::testing::check_durability<first_filesystem>();
  for (const auto& check : one.checks()) {
    if (check.name == "every file system of the set is synced" && check.skipped) return;
  }
  CHECK(one.failed("every file system of the set is synced"));
}
