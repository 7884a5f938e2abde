// Tools that stage by hard links (cp -al, rsync --link-dest): what is staged is then what is live.

#include "support/mounts.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/lease.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace cp = commitpoint;
using cp::errc;
using support::mode;
using support::place;
using support::read_file;

namespace {

cp::result<void> give_up() { return errc::unsupported; }

// As `cp -al`.
void link_tree(const cp::path& from, const cp::path& to) {
  REQUIRE(::mkdir(to.c_str(), 0755) == 0);
  for (const auto& e : support::fs::directory_iterator(from)) {
    const auto name = e.path().filename();
    if (support::fs::is_directory(e.path())) {
      link_tree(e.path(), to / name);
    } else {
      REQUIRE(::link(e.path().c_str(), (to / name).c_str()) == 0);
    }
  }
}

const support::tree small{{"v1", "/"}, {"v1/a", "live"}, {"v1/b", "live b"}, {"v1/l", ">a"}};

// What is live is left alone, whatever a body does to what it staged, and however it ends.
template <class Policy, class Body>
void expect_live_untouched(Body body) {
  for (const bool fails : {true, false}) {
    CAPTURE(fails);
    const place p(small);
    REQUIRE(::chmod((p / "v1/a").c_str(), 0640) == 0);
    auto kb = cp::coordinator<Policy>::open(p.root()).value();
    auto mine = kb.acquire().value();
    const auto before = support::image(p / "v1");
    const auto done = mine.run({.staging = {"work"}}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(body(m, p));
      return fails ? give_up() : cp::success();
    });
    if (!fails) REQUIRE_MESSAGE(done, done.error().message());
    CHECK(cp::testing::difference_text(before, support::image(p / "v1")) == "");
    REQUIRE(mine.release());  // with staging, in which the tool's links were
    CHECK(support::status(p / "v1/a").st_nlink == 1);
  }
}

}  // namespace

TEST_CASE("A6: what a tool staged by hard links is copied before anything is done to it") {
  const auto staged_tree = [](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRY(const auto given, m.stage("v2"));
    link_tree(p / "v1", given);
    BOOST_OUTCOME_TRYV(m.append("v2/a", " more"));
    return m.rename("v2/b", "v2/c");
  };
  const auto staged_file = [](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("existing", "existing", {.mode = 0600}));
    BOOST_OUTCOME_TRY(const auto given, m.stage("existing"));
    REQUIRE(::link((p / "v1/a").c_str(), given.c_str()) == 0);
    return m.append("existing", " more");
  };
  const auto adopted_tree = [](cp::mutation& m, const place& p) -> cp::result<void> {
    link_tree(p / "v1", p / "work/v2");
    BOOST_OUTCOME_TRYV(m.publish("work/v2", "v2"));
    BOOST_OUTCOME_TRYV(m.append("v2/a", " more"));
    return m.write("v2/b", "another b");
  };
  const auto in_a_savepoint = [](cp::mutation& m, const place& p) -> cp::result<void> {
    REQUIRE(::link((p / "v1/a").c_str(), (p / "work/a").c_str()) == 0);
    const auto inner = m.savepoint([](cp::mutation& s) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(s.publish("work/a", "v2"));
      BOOST_OUTCOME_TRYV(s.append("v2", " more"));
      return give_up();
    });
    CHECK_FALSE(inner);
    return m.publish("work/a", "v2");
  };
  expect_live_untouched<cp::publish::rename>(staged_tree);
  expect_live_untouched<cp::publish::rename>(staged_file);
  expect_live_untouched<cp::publish::rename>(adopted_tree);
  expect_live_untouched<cp::publish::rename>(in_a_savepoint);
  expect_live_untouched<cp::publish::copy>(staged_tree);
  expect_live_untouched<cp::publish::copy>(adopted_tree);
  expect_live_untouched<cp::publish::exchange>(staged_tree);
}

TEST_CASE("A6: a file that got another name after it was staged is copied before it is appended to") {
  expect_live_untouched<cp::publish::rename>([](cp::mutation& m, const place& p) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("new", "live"));
    // A tool that links equal files.
    for (const auto& e : support::fs::directory_iterator(p / ".commitpoint/staging/m1")) {
      if (!support::fs::is_regular_file(e.path())) continue;
      REQUIRE(::unlink(e.path().c_str()) == 0);
      REQUIRE(::link((p / "v1/a").c_str(), e.path().c_str()) == 0);
    }
    return m.append("new", " more");
  });
}

TEST_CASE("A6: a lease that a tool filled by hard links is copied when it is adopted") {
  const place p(small);
  auto kb = cp::coordinator<>::open(p.root()).value();
  const auto before = support::image(p / "v1");
  auto leased = kb.lease().value();
  link_tree(p / "v1", leased.path() / "v2");
  auto mine = kb.acquire().value();
  const auto done = mine.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.publish((leased.path() / "v2").native(), "v2"));
    return m.append("v2/a", " more");
  });
  REQUIRE_MESSAGE(done, done.error().message());
  CHECK(cp::testing::difference_text(before, support::image(p / "v1")) == "");
  CHECK(read_file(p / "v2/a") == "live more");
}

TEST_CASE("A6: a directory that replaces another as a whole brings no other names of live files") {
  const support::loop_mounted mounted("ext4");
  if (!mounted.why_not().empty()) {
    MESSAGE("SKIPPED: " << mounted.why_not());
    return;
  }
  const place p(small, mounted.where());
  auto kb = cp::coordinator<cp::publish::exchange>::open(p.root()).value();
  auto mine = kb.acquire().value();
  REQUIRE(::mkdir((p / "v2").c_str(), 0755) == 0);
  const auto before = support::image(p / "v1");
  const auto done = mine.run({.staging = {"work"}}, [&](cp::mutation& m) -> cp::result<void> {
    link_tree(p / "v1", p / "work/v2");
    support::set_old_time(p / "work/v2");
    return m.publish("work/v2", "v2");
  });
  REQUIRE_MESSAGE(done, done.error().message());
  CHECK(support::status(p / "v1/a").st_nlink == 1);
  CHECK(support::status(p / "v2").st_mtim.tv_nsec == 123'456'789);
  CHECK(cp::testing::difference_text(before, support::image(p / "v1")) == "");
  CHECK(read_file(p / "v2/b") == "live b");
}
