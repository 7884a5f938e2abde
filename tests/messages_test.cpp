// What people read when something fails: which operation, in which root, where, and why; never half a sentence.

#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/prepare.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <cerrno>
#include <chrono>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using support::place;
using system_type = cp::system::faulty<cp::system::native>;
using coordinator = cp::coordinator<system_type>;

namespace {

coordinator open(const place& p, system_type system = {}) { return coordinator::open(p.root(), {}, system).value(); }

// "rename-topic in '/the/root': "
std::string head(const place& p, const std::string& operation = "rename-topic") {
  return (operation.empty() ? "" : operation + " ") + "in '" + p.root().native() + "': ";
}

// No holes, and no code that says only what happened and not where.
void expect_whole(const std::string& message) {
  CAPTURE(message);
  for (const auto* hole : {": :", "  ", " :", "''"}) {
    CAPTURE(hole);
    CHECK(message.find(hole) == std::string::npos);
  }
  CHECK(message.rfind("Operation canceled", 0) != 0);
  CHECK(message.front() != ' ');
  CHECK(message.front() != ':');
}

}  // namespace

TEST_CASE("the message of a failure that the body made names the operation and the root") {
  const place p;
  auto notes = open(p);
  auto owner = notes.acquire().value();
  const auto told = [&](const cp::failure& why) {
    const auto done = owner.run({.operation = "rename-topic"}, [&](cp::mutation&) -> cp::result<void> { return why; });
    expect_whole(done.error().message());
    return done.error().message();
  };
  CHECK(told(cp::failure(cp::system_error(EIO), "wiki/x.md")) ==
        head(p) + "body: 'wiki/x.md' (mutation 1): " + cp::failure(cp::system_error(EIO)).code.message());
  CHECK(told(errc::cancelled) == head(p) + "body (mutation 2): cancelled");
  CHECK(told(std::make_error_code(std::errc::operation_canceled)) == head(p) + "body (mutation 3): Operation canceled");
  CHECK(told(cp::failure(cp::system_error(EIO)).during("other").under("/other").at(cp::step::publish))
            .rfind("other in '/other': publish", 0) == 0);
}

TEST_CASE("so does that of an effect, of an argument, and of a commit") {
  const place p(support::tree{{"a", "old"}});
  system_type system;
  auto notes = open(p, system);
  auto owner = notes.acquire().value();
  const auto told = [&](auto body) {
    const auto done = owner.run({.operation = "rename-topic"}, body);
    expect_whole(done.error().message());
    CHECK(done.error().operation() == "rename-topic");
    CHECK(done.error().root() == p.root().native());
    return done.error().message();
  };
  CHECK(told([](cp::mutation& m) { return m.remove("gone"); }).rfind(head(p) + "stage: 'gone' (mutation 1): ", 0) == 0);
  CHECK(told([](cp::mutation& m) { return m.write("../x", ""); }).rfind(head(p) + "body: '../x' (mutation 2): ", 0) ==
        0);
  CHECK(told([](cp::mutation& m) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(m.read("gone"));
          return cp::success();
        }).rfind(head(p) + "body: 'gone' (mutation 3): ", 0) == 0);
  CHECK(told([](cp::mutation& m) { return m.expect("a", "new"); }).rfind(head(p) + "check: 'a' (mutation 4): ", 0) ==
        0);
  CHECK(told([&](cp::mutation& m) {
          system.arm({.nth = 1, .error = EIO, .only = cp::system::call::sync_data});
          return m.write("b", "x");
        }).rfind(head(p), 0) == 0);
}

TEST_CASE("an owner that refuses says what it was that failed") {
  const place p(support::tree{{"a", "old"}});
  system_type system;
  auto notes = open(p, system);
  auto owner = notes.acquire().value();
  const auto failed = owner.run({.operation = "first"}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("a")));
    support::overwrite(p / "a", "written in place");
    system.arm({.nth = 1, .error = EIO, .times = 1000, .only = cp::system::call::rename});
    return std::make_error_code(std::errc::owner_dead);
  });
  system.disarm();
  REQUIRE(failed.error() == errc::dirty_rollback);
  CHECK(failed.error().message().rfind(head(p, "first"), 0) == 0);
  expect_whole(failed.error().message());
  const auto refused =
      owner.run({.operation = "second"}, [](cp::mutation&) { return cp::result<void>(cp::success()); });
  CHECK(refused.error().message() == failed.error().message());
}

TEST_CASE("messages of open, acquire, read, lease and release name the root") {
  const place p(support::tree{{"a", "old"}});
  system_type system;
  auto notes = open(p, system);
  const auto begins = [&](const cp::failure& f, const std::string& with) {
    expect_whole(f.message());
    CAPTURE(f.message());
    CHECK(f.message().rfind(with, 0) == 0);
  };
  const auto gone = (p.root() / "gone").native();
  begins(coordinator::open(gone).error(), "in '" + gone + "': open: '" + gone + "': ");
  begins(coordinator::open(p.root(), {.state_directory = "../x"}).error(), head(p, "") + "open: '../x': ");
  {
    auto owner = notes.acquire().value();
    begins(notes.acquire().error(), head(p, "") + "lock: ");
    begins(notes.read().error(), head(p, "") + "lock: ");
    begins(notes.pending().error(), head(p, "") + "lock: ");
    auto other = open(p);
    std::stop_source stop;
    stop.request_stop();
    begins(other.acquire({.stop = stop.get_token()}).error(), head(p, "") + "lock: ");
    begins(other.acquire({.deadline = std::chrono::steady_clock::now()}).error(), head(p, "") + "lock: ");
    const auto nested = owner.run({.operation = "outer"}, [&](cp::mutation&) {
      return owner.run({.operation = "inner"}, [](cp::mutation&) -> cp::result<void> { return cp::success(); });
    });
    begins(nested.error(), head(p, "inner") + "body");
    CHECK(nested.error() == errc::nested_mutation);
    const auto moved = std::move(owner);
    begins(owner.purge_kept().error(), "the owner was moved from");  // NOLINT(bugprone-use-after-move)
  }
  begins(notes.accept("q1").error(), head(p, "") + "'q1': ");
  {
    const auto reader = notes.read().value();
    begins(reader.read("gone").error(), head(p, "") + "'gone': ");
    begins(reader.read("../x").error(), head(p, "") + "'../x': ");
  }
  system.arm({.nth = 1, .error = EIO, .only = cp::system::call::make_directory});
  begins(notes.lease().error(), head(p, "") + "stage: ");
  system.disarm();
  auto owner = notes.acquire().value();
  CHECK(owner.run({}, [](cp::mutation& m) { return m.write("b", "x"); }));
  system.arm({.nth = 1, .error = EIO, .times = 1000, .only_changes = true});
  begins(owner.release().error(), head(p, "") + "release");
  system.disarm();
  const auto moved = std::move(notes);
  begins(notes.acquire().error(), "the coordinator was moved from");  // NOLINT(bugprone-use-after-move)
  begins(notes.lease().error(), "the coordinator was moved from");
}

TEST_CASE("who throws or stops is named") {
  const place p;
  auto notes = open(p);
  {
    auto owner = notes.acquire().value();
    cp::plan with_hooks{.operation = "rename-topic"};
    with_hooks.after_commit = {[]() -> cp::result<void> { throw std::runtime_error("no such host"); },
                               []() -> cp::result<void> { throw 1; }};
    REQUIRE(owner.run(with_hooks, [](cp::mutation& m) { return m.write("a", "x"); }));
    REQUIRE(owner.last_report().failed_hooks.size() == 2);
    CHECK(owner.last_report().failed_hooks[0].message() ==
          head(p) + "hooks (mutation 1): no such host: Operation canceled");
    CHECK(owner.last_report().failed_hooks[1].message() ==
          head(p) + "hooks (mutation 1): a hook threw: Operation canceled");
    std::stop_source stop;
    stop.request_stop();
    const auto stopped = owner.run({.operation = "rename-topic", .stop = stop.get_token()},
                                   [](cp::mutation& m) { return m.write("b", "x"); });
    const auto place_of = head(p).substr(0, head(p).size() - 2);
    CHECK(stopped.error().message() == place_of + " (mutation 2): plan::stop was triggered: cancelled");
  }
  std::stop_source stop;
  stop.request_stop();
  const std::vector<int> inputs{1, 2};
  const auto done = cp::prepare(
      notes, {.stop = stop.get_token()}, inputs, [](int in, cp::lease&) -> cp::result<int> { return in; },
      [](cp::mutation&, int, int&&) -> cp::result<void> { return cp::success(); });
  REQUIRE(done.stopped);
  CHECK(done.stopped->message() == "prepare_options::stop was triggered: cancelled");
  for (const auto& outcome : done.outcomes) expect_whole(outcome.error().message());
}
