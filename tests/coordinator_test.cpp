#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/snapshot/copy.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using support::place;
using support::tree;
using coordinator = cp::coordinator<>;

namespace {

// Already over: whoever would have to wait is told so at once.
cp::lock_options at_once() { return {.deadline = std::chrono::steady_clock::now()}; }

cp::result<void> write_a(cp::mutation& m) { return m.write("a", "new"); }

struct counting_observer {
  using kind = cp::kind::observe;
  std::shared_ptr<std::vector<cp::step>> heard = std::make_shared<std::vector<cp::step>>();
  void operator()(const cp::observe::event& e) const { heard->push_back(e.at); }
};

}  // namespace

TEST_CASE("opening makes the state directory and takes no lock") {
  const place p(tree{{"a", "x"}});
  auto first = coordinator::open(p.root()).value();
  CHECK(support::leftovers(p.root()).empty());
  CHECK(support::mode(p / ".commitpoint") == 0700);
  CHECK(support::mode(p / ".commitpoint/staging") == 0700);
  auto owner = first.acquire().value();
  CHECK(coordinator::open(p.root()));  // while somebody owns it
  CHECK(support::shape(p.root()) == tree{{"a", "x"}});
}

TEST_CASE("a state directory deep in the tree is made with its parents") {
  const place p;
  auto notes = coordinator::open(p.root(), {.state_directory = "./.app//state/"}).value();
  CHECK(notes.acquire().value().run({}, write_a));
  CHECK(support::is_there(p / ".app/state/lock"));
  CHECK_FALSE(support::is_there(p / ".commitpoint"));
}

TEST_CASE("a root can be named in any way, and moved while it is open") {
  const place p(tree{{"d", "/"}});
  REQUIRE(::symlink(p.root().c_str(), (p.outside() / "link").c_str()) == 0);
  auto notes = coordinator::open((p.outside() / "link").native()).value();
  auto owner = notes.acquire().value();
  CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    CHECK(m.root() == support::fs::canonical(p.root()));
    return m.write("a", "1");
  }));
  REQUIRE(::rename(p.root().c_str(), (p.outside() / "moved").c_str()) == 0);
  CHECK(owner.run({}, [&](cp::mutation& m) { return m.write("d/b", "2"); }));
  CHECK(support::shape(p.outside() / "moved") == tree{{"a", "1"}, {"d", "/"}, {"d/b", "2"}});
  REQUIRE(::rename((p.outside() / "moved").c_str(), p.root().c_str()) == 0);
}

TEST_CASE("the same thread cannot wait for itself") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  {
    auto owner = notes.acquire().value();
    CHECK(notes.acquire().error() == errc::would_deadlock);
    CHECK(notes.read().error() == errc::would_deadlock);
    CHECK(notes.pending().error() == errc::would_deadlock);
    CHECK(notes.accept("x").error() == errc::would_deadlock);
    CHECK(owner.run({}, [&](cp::mutation& m) {
      CHECK(notes.acquire().error() == errc::would_deadlock);
      return write_a(m);
    }));
    auto moved = std::move(notes);
    CHECK(moved.acquire().error() == errc::would_deadlock);
    notes = std::move(moved);
  }
  {
    auto reader = notes.read().value();
    CHECK(notes.acquire().error() == errc::would_deadlock);
    CHECK(notes.read().error() == errc::would_deadlock);
  }
  {
    // A failed attempt leaves nothing behind.
    auto other = coordinator::open(p.root()).value();
    auto owner = other.acquire().value();
    CHECK(notes.acquire(at_once()).error() == errc::lock_timeout);
    CHECK(notes.acquire(at_once()).error() == errc::lock_timeout);
  }
  CHECK(notes.acquire());
}

TEST_CASE("two coordinators on one root exclude each other like two processes") {
  const place p;
  auto one = coordinator::open(p.root()).value();
  auto two = coordinator::open(p.root()).value();
  {
    auto owner = one.acquire().value();
    CHECK(two.acquire(at_once()).error() == errc::lock_timeout);
    CHECK(two.read(at_once()).error() == errc::lock_timeout);
    CHECK(two.pending(at_once()).error() == errc::lock_timeout);
    CHECK(two.acquire(at_once()).error().path() == ".commitpoint/lock");
    CHECK(two.acquire(at_once()).error().step == cp::step::lock);
  }
  {
    auto reader = one.read().value();
    CHECK(two.acquire(at_once()).error() == errc::lock_timeout);
    auto other = two.read(at_once());
    CHECK(other);
    CHECK(two.pending(at_once()).error() == errc::would_deadlock);
  }
  CHECK(two.acquire(at_once()));  // a deadline that is over is no reason not to take what is free
}

TEST_CASE("two processes exclude each other, and an end without unwinding gives the lock back") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  support::channel has_it;
  support::channel may_end;
  support::child holder([&]() -> std::string {
    auto mine = coordinator::open(p.root()).value();
    auto owner = mine.acquire().value();
    if (!owner.run({}, write_a)) return "run";
    has_it.say("now");
    (void)may_end.hear();
    ::_exit(0);
  });
  REQUIRE(has_it.hear() == "now");
  CHECK(notes.acquire(at_once()).error() == errc::lock_timeout);
  CHECK(notes.read(at_once()).error() == errc::lock_timeout);
  CHECK(notes.acquire({.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(20)}).error() ==
        errc::lock_timeout);
  may_end.say("now");
  auto owner = notes.acquire().value();  // waits for it
  CHECK(holder.answer() == "");
  // It was killed after its commit, so there is something to finish.
  CHECK(owner.recovered().mutations.size() == 1);
  CHECK(owner.recovered().mutations.at(0).decided == cp::recovered_mutation::decision::roll_forward);
  CHECK(support::read_file(p / "a") == "new");
}

TEST_CASE("another thread waits, and gets the lock when it is free") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  std::atomic<bool> released = false;
  std::optional<coordinator::owner_type> owner(notes.acquire().value());
  std::thread other([&] {
    auto mine = notes.acquire();
    CHECK(mine);
    CHECK(released.load());
    CHECK(mine.value().run({}, write_a));
  });
  CHECK(owner->run({}, [](cp::mutation& m) { return m.write("b", "first"); }));
  released = true;
  owner.reset();
  other.join();
  CHECK(support::shape(p.root()) == tree{{"a", "new"}, {"b", "first"}});
}

TEST_CASE("an owner may be handed to another thread") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  std::thread([owner = notes.acquire().value()]() mutable { CHECK(owner.run({}, write_a)); }).join();
  CHECK(notes.acquire());
}

TEST_CASE("a stop token ends the waiting") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  auto other = coordinator::open(p.root()).value();
  auto owner = other.acquire().value();
  std::stop_source stop;
  std::optional<cp::failure> why;
  std::thread waiting([&] {
    auto mine = notes.acquire({.stop = stop.get_token()});
    if (!mine) why = mine.error();
  });
  stop.request_stop();
  waiting.join();
  REQUIRE(why);
  CHECK(*why == errc::cancelled);
  CHECK(notes.read({.stop = stop.get_token()}).error() == errc::cancelled);
}

TEST_CASE("policies and their values stand in any order") {
  using namespace cp;
  const counting_observer observer;
  system::faulty<system::native> system;
  const auto work = [&](auto opened) {
    REQUIRE_MESSAGE(opened, opened.error().message());
    auto owner = opened.value().acquire().value();
    CHECK(owner.run({}, write_a));
  };
  const place p;
  using S = system::faulty<system::native>;
  work(cp::coordinator<S, counting_observer>::open(p.root(), {}, observer, system));
  work(cp::coordinator<counting_observer, S>::open(p.root(), {}, system, observer));
  work(cp::coordinator<durability::power_loss, journal::log, S, publish::rename, snapshot::copy,
                       counting_observer>::open(p.root(), {}, journal::log{.preallocate = 8192}, observer,
                                                durability::power_loss{.filesystem_sync_from = 100}, system));
  CHECK(observer.heard->front() == step::lock);
  CHECK(std::ranges::count(*observer.heard, step::committed) == 3);
  const auto calls = system.counts().total;
  CHECK(calls > 0);
  SUBCASE("the value is the one that is used") {
    system.arm({.nth = 1, .only = system::call::open_root});
    CHECK(cp::coordinator<S>::open(p.root(), {}, system).error() == std::errc::io_error);
  }
  SUBCASE("without a value the policy is a default one") {
    work(cp::coordinator<S, counting_observer>::open(p.root()));
    CHECK(system.counts().total == calls);
  }
  SUBCASE("process_crash makes no barriers") {
    system.reset_counts();
    auto notes = cp::coordinator<durability::process_crash, S>::open(p.root(), {}, system).value();
    auto owner = notes.acquire().value();
    system.reset_counts();
    CHECK(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.will_create("c"));
      return m.write("b", "x");
    }));
    CHECK(owner.release());
    CHECK(system.counts().syncs() == 0);
  }
}

TEST_CASE("pending looks and changes nothing") {
  const place p(tree{{"a", "x"}});
  auto notes = coordinator::open(p.root()).value();
  CHECK(notes.pending().value().empty());  // before there is a journal
  CHECK(notes.acquire().value().run({}, write_a));
  const auto state = cp::testing::read_tree(p.root()).value();
  CHECK(notes.pending().value().empty());
  CHECK(cp::testing::difference_text(state, cp::testing::read_tree(p.root()).value()) == "");
}

TEST_CASE("accept, when nothing blocks") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  const auto accepted = notes.accept("q1");
  CHECK(accepted.error() == std::errc::no_such_file_or_directory);
  CHECK(accepted.error().path() == "q1");
  CHECK(notes.acquire());
}

TEST_CASE("a damaged journal blocks everybody until it is accepted, and what it held is in the quarantine") {
  const place p(tree{{"a", "old"}});
  support::child crashed([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    (void)owner.run({.touches = {cp::touch::file("a")}}, [&](cp::mutation&) -> cp::result<void> {
      support::overwrite(p / "a", "half");
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lived";
  });
  REQUIRE(crashed.was_killed());
  for (const auto& entry : support::fs::directory_iterator(p / ".commitpoint/staging")) {
    support::fs::remove_all(entry.path());  // the backups
  }
  auto notes = coordinator::open(p.root()).value();
  std::string id;
  for (int i = 0; i < 2; ++i) {
    const auto owner = notes.acquire();
    REQUIRE_FALSE(owner);
    CHECK(owner.error() == errc::needs_repair);
    const auto seen = notes.pending().value();
    REQUIRE(seen.blocked);
    CHECK((id.empty() || id == seen.blocked->id));
    id = seen.blocked->id;
    CHECK(owner.error().message().find(id) != std::string::npos);
    CHECK(support::is_there(p / seen.blocked->evidence));
    CHECK(notes.read().error() == errc::needs_repair);
  }
  CHECK(support::read_file(p / "a") == "half");
  CHECK(notes.accept("q0").error() == std::errc::no_such_file_or_directory);
  const auto settled = notes.accept(id).value();
  REQUIRE(settled.blocked);
  CHECK(settled.blocked->id == id);
  CHECK(notes.pending().value().empty());
  CHECK(notes.read().value().read("a").value() == "half");
  CHECK(notes.acquire().value().run({}, write_a));
  CHECK(support::is_there(p / (".commitpoint/quarantine/" + id)));
}

TEST_CASE("a coordinator that was moved from says so") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  auto moved = std::move(notes);
  CHECK(notes.acquire().error() == errc::not_owner);
  CHECK(notes.read().error() == errc::not_owner);
  CHECK(notes.pending().error() == errc::not_owner);
  CHECK(notes.accept("x").error() == errc::not_owner);
  CHECK(moved.acquire());
}
