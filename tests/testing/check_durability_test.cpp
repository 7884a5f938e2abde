#include <commitpoint/durability/power_loss.hpp>
#include <commitpoint/durability/process_crash.hpp>
#include <commitpoint/testing/check_durability.hpp>

#include <doctest/doctest.h>

namespace cp = commitpoint;

namespace {

template <template <class> class Broken>
struct broken {
  using kind = cp::kind::durability;
  template <cp::system::System S>
  class backend : public Broken<S> {
   public:
    explicit backend(const broken&) : Broken<S>(cp::durability::power_loss{}) {}
  };
};
template <class S>
using honest = cp::durability::power_loss::backend<S>;
template <class S>
using set = cp::detail::sync_set<S>;

template <class S>
struct lying : honest<S> {
  using honest<S>::honest;
  cp::result<bool> barrier(S&, const set<S>&) const { return true; }
};

// Knows only what it has handles of.
template <class S>
struct only_nodes : honest<S> {
  using honest<S>::honest;
  cp::result<bool> barrier(S& system, const set<S>& s) const {
    for (const auto& node : s.nodes()) {
      BOOST_OUTCOME_TRYV(system.sync(node));
    }
    return false;
  }
};

template <class S>
struct retrying : honest<S> {
  using honest<S>::honest;
  cp::result<bool> barrier(S& system, const set<S>& s) const {
    auto done = honest<S>::barrier(system, s);
    return done ? done : honest<S>::barrier(system, s);
  }
};

template <class S>
struct first_filesystem : honest<S> {
  using honest<S>::honest;
  cp::result<bool> barrier(S& system, const set<S>& s) const {
    BOOST_OUTCOME_TRYV(system.sync_filesystem(*s.filesystems().front().handle));
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
  CHECK(cp::testing::check_durability<broken<lying>>().failed("a barrier over 1 files"));

  const auto blind = cp::testing::check_durability<broken<only_nodes>>();
  CHECK(blind.failed("a barrier over what has no handle"));
  CHECK(blind.failed("a barrier over 200 files"));
  CHECK_FALSE(blind.failed("a barrier over 1 files"));

  const auto again = cp::testing::check_durability<broken<retrying>>();
  CHECK(again.failed("a failed sync is passed on, and not tried again: 2 files"));
  CHECK(again.failed("a failed sync is passed on, and not tried again: 200 files"));
  CHECK_FALSE(again.failed("a barrier over 200 files"));

  const auto one = cp::testing::check_durability<broken<first_filesystem>>();
  for (const auto& check : one.checks()) {
    if (check.name == "every file system of the set is synced" && check.skipped) return;
  }
  CHECK(one.failed("every file system of the set is synced"));
}
