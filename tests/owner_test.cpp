#include "support/other_source.hpp"
#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <set>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using support::place;
using support::tree;
using coordinator = cp::coordinator<>;
using owner_type = coordinator::owner_type;

namespace {

cp::result<void> nothing(cp::mutation&) { return cp::success(); }

// Triggers a stop token at a step of the protocol.
struct stops_at {
  using kind = cp::kind::observe;
  cp::step at = cp::step::none;
  std::stop_source stop = {};
  void operator()(const cp::observe::event& e) const {
    if (e.at == at) (void)std::stop_source(stop).request_stop();
  }
};

cp::result<void> write_a(cp::mutation& m) { return m.write("a", "new"); }

}  // namespace

TEST_CASE("what a body gives is what run gives") {
  const place p;
  auto owner = coordinator::open(p.root()).value().acquire().value();
  CHECK(owner.run({}, [](cp::mutation&) -> cp::result<int> { return 42; }).value() == 42);
  const auto moved = owner.run({}, [](cp::mutation&) -> cp::result<std::unique_ptr<std::string>> {
    return std::make_unique<std::string>("only to be moved");
  });
  CHECK(*moved.value() == "only to be moved");
  CHECK(owner.run({}, nothing));
  int calls = 0;
  auto counting = [&calls, own = std::make_unique<int>(1)](auto& m) mutable -> cp::result<std::uint64_t> {
    calls += (*own)++;
    return m.number();
  };
  CHECK(owner.run({}, counting));
  CHECK(owner.run({}, std::move(counting)));
  CHECK(calls == 3);
  CHECK_THROWS_AS((void)owner.run({}, [](cp::mutation&) -> cp::result<int> { throw 7; }), int);
  CHECK(owner.run({}, write_a));
}

TEST_CASE("numbers grow and never repeat") {
  const place p;
  std::vector<std::uint64_t> seen;
  const auto note = [&](cp::mutation& m) -> cp::result<void> {
    seen.push_back(m.number());
    return cp::success();
  };
  for (int i = 0; i < 3; ++i) {
    auto notes = coordinator::open(p.root()).value();
    auto owner = notes.acquire().value();
    CHECK(owner.run({}, note));
    CHECK_FALSE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      (void)note(m);
      return errc::unsupported;
    }));
    CHECK_FALSE(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      (void)note(m);
      BOOST_OUTCOME_TRYV(m.will_create("x"));
      return errc::unsupported;
    }));
    CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      (void)note(m);
      return m.write("a", std::to_string(m.number()));
    }));
  }
  for (std::size_t i = 1; i < seen.size(); ++i) CHECK(seen[i - 1] < seen[i]);
  CHECK(seen.front() > 0);
}

TEST_CASE("a mutation in a mutation is refused, and does the outer one no harm") {
  const place p;
  auto owner = coordinator::open(p.root()).value().acquire().value();
  CHECK(owner.run({.after_commit = {[&] { CHECK(owner.run({}, nothing).error() == errc::nested_mutation); }}},
                  [&](cp::mutation& m) -> cp::result<void> {
                    CHECK(owner.run({}, write_a).error() == errc::nested_mutation);
                    return m.write("b", "outer");
                  }));
  CHECK(support::shape(p.root()) == tree{{"b", "outer"}});
  CHECK(owner.run({}, write_a));
}

TEST_CASE("after_commit hooks run in order, and none of them rolls anything back") {
  const place p;
  auto owner = coordinator::open(p.root()).value().acquire().value();
  std::string heard;
  const cp::plan what{.after_commit = {
                          [&] { heard += "1" + support::read_file(p / "a"); },
                          [&]() -> cp::result<void> {
                            heard += "2";
                            return cp::failure(std::make_error_code(std::errc::timed_out), "hook", "why");
                          },
                          [&] {
                            heard += "3";
                            throw std::runtime_error("thrown by a hook");
                          },
                          [&] {
                            heard += "4";
                            throw 5;
                          },
                          [&]() -> cp::result<void> {
                            heard += "6";
                            return cp::success();
                          },
                      }};
  CHECK(owner.run(what, write_a));
  CHECK(heard == "1new2346");
  CHECK(support::shape(p.root()) == tree{{"a", "new"}});
  const auto& failed = owner.last_report().failed_hooks;
  REQUIRE(failed.size() == 3);
  CHECK(failed[0] == std::errc::timed_out);
  CHECK(failed[0].path() == "hook");
  CHECK(failed[0].step == cp::step::hooks);
  CHECK(failed[1].explanation() == "thrown by a hook");
  CHECK(failed[1].step == cp::step::hooks);
  CHECK_FALSE(owner.dirty());
  heard.clear();
  CHECK_FALSE(owner.run(what, [](cp::mutation&) -> cp::result<void> { return errc::unsupported; }));
  CHECK(heard.empty());
  CHECK(owner.last_report().empty());
}

TEST_CASE("a stop token ends a mutation between effects, and everything is undone") {
  const place p(tree{{"a", "old"}, {"in-place", "old"}});
  auto owner = coordinator::open(p.root()).value().acquire().value();
  const auto before = support::image(p.root());
  SUBCASE("between effects") {
    std::stop_source stop;
    const auto done = owner.run({.touches = {cp::touch::file("in-place")}, .stop = stop.get_token()},
                                [&](cp::mutation& m) -> cp::result<void> {
                                  CHECK_FALSE(m.cancelled());
                                  BOOST_OUTCOME_TRYV(m.write("a", "new"));
                                  support::overwrite(p / "in-place", "new");
                                  stop.request_stop();
                                  CHECK(m.cancelled());
                                  CHECK(m.write("b", "new").error() == errc::cancelled);
                                  return cp::success();  // and forgets to look
                                });
    CHECK(done.error() == errc::cancelled);
  }
  SUBCASE("after the last effect") {
    std::stop_source stop;
    const auto done = owner.run({.stop = stop.get_token()}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("a", "new"));
      stop.request_stop();
      return cp::success();
    });
    CHECK(done.error() == errc::cancelled);
  }
  SUBCASE("before it begins") {
    std::stop_source stop;
    stop.request_stop();
    bool ran = false;
    CHECK(owner
              .run({.stop = stop.get_token()},
                   [&](cp::mutation&) -> cp::result<void> {
                     ran = true;
                     return cp::success();
                   })
              .error() == errc::cancelled);
    CHECK_FALSE(ran);
  }
  SUBCASE("too late, after the commit point") {
    std::stop_source stop;
    CHECK(owner.run({.after_commit = {[&] { stop.request_stop(); }}, .stop = stop.get_token()}, nothing));
  }
  CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
  CHECK(owner.run({}, write_a));
}

TEST_CASE("a stop token is looked at until the commit record is begun, and not later") {
  using cp::step;
  for (const auto at : {step::begin, step::snapshot, step::undo_record, step::stage, step::barrier, step::check,
                        step::commit, step::committed, step::publish, step::published, step::hooks}) {
    CAPTURE(cp::to_string(at));
    const place p(tree{{"a", "old"}, {"in-place", "old"}});
    stops_at observer{.at = at};
    auto owner = cp::coordinator<stops_at>::open(p.root(), {}, observer).value().acquire().value();
    const auto before = support::image(p.root());
    const auto done = owner.run(
        {.touches = {cp::touch::file("in-place")}, .after_commit = {[] {}}, .stop = observer.stop.get_token()},
        [&](cp::mutation& m) -> cp::result<void> {
          support::overwrite(p / "in-place", "new");
          return m.savepoint([](auto& n) { return n.write("a", "new"); });
        });
    CHECK(observer.stop.stop_requested());
    if (at < step::commit) {
      CHECK(done.error() == errc::cancelled);
      CHECK(cp::testing::difference_text(before, support::image(p.root())) == "");
    } else {
      CHECK(done);
      CHECK(support::read_file(p / "a") == "new");
    }
  }
}

TEST_CASE("an owner that was released or moved from owns nothing, and says so") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  std::optional<owner_type> owner(notes.acquire().value());
  SUBCASE("released") {
    CHECK(owner->run({}, write_a));
    CHECK(owner->release());
    CHECK(owner->release());  // again, for nothing
  }
  SUBCASE("moved from") {
    owner_type other(std::move(*owner));
    CHECK(other.run({}, write_a));
    CHECK(other.last_report().empty());
  }
  CHECK(owner->run({}, nothing).error() == errc::not_owner);
  CHECK(owner->purge_kept().error() == errc::not_owner);
  CHECK(owner->recovered().empty());
  CHECK(owner->last_report().empty());
  CHECK_FALSE(owner->dirty());
  // The lock is free, while the empty handle still exists.
  auto again = notes.acquire();
  REQUIRE_MESSAGE(again, again.error().message());
  CHECK(again.value().run({}, nothing));
}

TEST_CASE("an owner outlives its coordinator and can be handed on") {
  const place p;
  auto owner = [&] {
    auto notes = coordinator::open(p.root()).value();
    auto moved = std::move(notes);
    return moved.acquire().value();
  }();
  std::vector<owner_type> owners;
  owners.push_back(std::move(owner));
  CHECK(owners[0].run({}, write_a));
  owners.clear();
  CHECK(support::leftovers(p.root()).empty());
  CHECK(coordinator::open(p.root()).value().acquire());
}

TEST_CASE("a function of another source file works with every pack of policies") {
  const auto greet_with = [](auto notes, const place& p) {
    auto owner = notes.acquire().value();
    CHECK(owner.run({.operation = "greet"}, support::greet));
    CHECK(owner.run({}, [](cp::mutation& m) { return support::greet(m); }));
    CHECK(support::shape(p.root()) == tree{{"greeting.txt", "hello\n"}, {"new.txt", "old"}});
  };
  using namespace cp;
  const tree before{{"old.txt", "old"}};
  {
    const place p(before);
    greet_with(cp::coordinator<>::open(p.root()).value(), p);
  }
  {
    const place p(before);
    greet_with(cp::coordinator<durability::process_crash, system::faulty<system::native>>::open(p.root()).value(), p);
  }
}

TEST_CASE("purge_kept on a tree where nothing was kept") {
  const place p;
  auto owner = coordinator::open(p.root()).value().acquire().value();
  CHECK(owner.purge_kept().value() == 0);
}

TEST_CASE("what a drain kept is reported, stays until it is purged, and counts") {
  const place p(tree{{"a", "old"}, {"d", "/"}, {"d/b", "old"}});
  support::child crashed([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    (void)owner.run({.operation = "crash", .touches = {cp::touch::file("a"), cp::touch::tree("d")}},
                    [&](cp::mutation&) -> cp::result<void> {
                      support::overwrite(p / "a", "half");
                      support::write_file(p / "d/new", "extra");
                      ::kill(::getpid(), SIGKILL);
                      return cp::success();
                    });
    return "it lived";
  });
  CHECK(crashed.was_killed());
  auto notes = coordinator::open(p.root()).value();
  const auto pending = notes.pending().value();
  REQUIRE(pending.mutations.size() == 1);
  CHECK(pending.mutations[0].operation == "crash");
  CHECK(pending.mutations[0].decided == cp::recovered_mutation::decision::roll_back);
  CHECK(support::read_file(p / "a") == "half");  // looking changes nothing
  {
    auto owner = notes.acquire().value();
    CHECK(owner.recovered().mutations.size() == 1);
    REQUIRE(owner.recovered().kept.size() == 2);
    for (const auto& kept : owner.recovered().kept) {
      CHECK(support::read_file(p / kept.place) == (kept.path == "a" ? "half" : "extra"));
      CHECK_FALSE(kept.why.empty());
    }
    CHECK(support::shape(p.root()) == tree{{"a", "old"}, {"d", "/"}, {"d/b", "old"}});
    CHECK(owner.run({}, nothing));  // not blocking
  }
  {
    auto owner = notes.acquire().value();
    CHECK(owner.recovered().empty());
    CHECK(support::leftovers(p.root()) == std::vector<std::string>{"kept"});
    CHECK(owner.purge_kept().value() == 2);
    CHECK(support::leftovers(p.root()).empty());
    CHECK(owner.purge_kept().value() == 0);
  }
}

TEST_CASE("F28: a forked child owns nothing, and its end takes nothing from its parent") {
  const place p;
  auto notes = coordinator::open(p.root()).value();
  auto owner = std::make_unique<owner_type>(notes.acquire().value());
  REQUIRE(owner->run({}, write_a));
  support::child child([&]() -> std::string {
    std::string wrong;
    if (owner->run({}, nothing).error() != errc::not_owner) wrong += "run, ";
    if (owner->purge_kept().error() != errc::not_owner) wrong += "purge_kept, ";
    (void)owner->release();
    owner.reset();
    return wrong;
  });
  CHECK(child.answer() == "");
  // The parent's lock is still held: a second coordinator does not get it.
  auto other = coordinator::open(p.root()).value();
  CHECK(other.acquire({.deadline = std::chrono::steady_clock::now()}).error() == errc::lock_timeout);
  CHECK(owner->run({}, [](cp::mutation& m) { return m.write("b", "parent"); }));
  owner.reset();
  CHECK(other.acquire());
  CHECK(support::leftovers(p.root()).empty());
}

TEST_CASE("F28: a child that was forked in a body and leaves through it undoes nothing of its parent's") {
  for (const bool throws : {false, true}) {
    CAPTURE(throws);
    const place p(tree{{"a", "old"}, {"in-place", "old"}});
    auto notes = coordinator::open(p.root()).value();
    auto owner = notes.acquire().value();
    support::channel answer;
    const auto parent = ::getpid();
    pid_t forked = -1;
    std::string wrong;
    const auto body = [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.write("a", "new"));
      support::overwrite(p / "in-place", "new");
      forked = ::fork();
      if (forked == 0) {
        if (m.write("b", "child").error() != errc::not_owner) wrong += "write, ";
        if (m.read("a") || m.exists("a")) wrong += "read, ";
        if (throws) throw std::runtime_error("exec failed");
        return cp::success();
      }
      CHECK(answer.hear_all() == "");
      ::waitpid(forked, nullptr, 0);
      CHECK(support::read_file(p / "in-place") == "new");
      return m.write("c", "parent");
    };
    const cp::plan what{.touches = {cp::touch::file("in-place")}};
    std::optional<cp::result<void>> done;
    try {
      done = owner.run(what, body);
    } catch (const std::runtime_error&) {}
    if (::getpid() != parent) {
      if (done && (*done || done->error() != errc::not_owner)) wrong += "run, ";
      answer.say(wrong);
      ::_exit(0);
    }
    REQUIRE(done);
    CHECK_MESSAGE(*done, done->error().message());
    CHECK(support::shape(p.root()) == tree{{"a", "new"}, {"c", "parent"}, {"in-place", "new"}});
  }
}

TEST_CASE("a lock file that was removed or replaced while it was held: the commit refuses") {
  for (const bool replaced : {false, true}) {
    CAPTURE(replaced);
    const place p(tree{{"a", "old"}});
    auto notes = coordinator::open(p.root()).value();
    const auto lock = p / ".commitpoint/lock";
    {
      auto owner = notes.acquire().value();
      REQUIRE(owner.run({}, [](cp::mutation& m) { return m.write("b", "before"); }));
      const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(m.write("a", "new"));
        REQUIRE(::unlink(lock.c_str()) == 0);
        if (replaced) support::write_file(lock, "");
        return cp::success();
      });
      REQUIRE_FALSE(done);
      CHECK(done.error() == errc::not_owner);
      CHECK(done.error().path() == ".commitpoint/lock");
      CHECK(done.error().outcome() == cp::outcome::rolled_back);
      CHECK(support::read_file(p / "a") == "old");
      CHECK(owner.run({}, write_a).error() == errc::not_owner);
      // Somebody else has the lock now, and their journal is left alone.
      auto other = coordinator::open(p.root()).value();
      auto theirs = other.acquire();
      REQUIRE_MESSAGE(theirs, theirs.error().message());
      CHECK(theirs.value().run({}, [](cp::mutation& m) { return m.write("c", "theirs"); }));
      CHECK(owner.release().error() == errc::not_owner);
      CHECK(theirs.value().run({}, [](cp::mutation& m) { return m.write("d", "theirs"); }));
    }
    CHECK(notes.acquire());
    CHECK(support::shape(p.root()) == tree{{"a", "old"}, {"b", "before"}, {"c", "theirs"}, {"d", "theirs"}});
    CHECK(support::leftovers(p.root()).empty());
  }
}

TEST_CASE("F11: after a rollback that failed the owner refuses, and so does everybody until it is settled") {
  const place p(tree{{"d", "/"}, {"d/a", "old"}});
  auto notes = coordinator::open(p.root()).value();
  {
    auto owner = notes.acquire().value();
    const auto done = owner.run({.touches = {cp::touch::file("d/a")}}, [&](cp::mutation&) -> cp::result<void> {
      support::overwrite(p / "d/a", "new");
      REQUIRE(::rename((p / "d").c_str(), (p.outside() / "gone").c_str()) == 0);
      REQUIRE(::symlink("../gone", (p / "d").c_str()) == 0);
      return errc::unsupported;
    });
    REQUIRE_FALSE(done);
    CHECK(done.error() == errc::dirty_rollback);
    CHECK(done.error().outcome() == cp::outcome::dirty);
    CHECK(done.error().path() == "d/a");
    CHECK(done.error().explanation().find("staging") != std::string::npos);
    CHECK(owner.dirty());
    const auto refused = owner.run({}, nothing);
    CHECK(refused.error() == errc::dirty_rollback);
    CHECK(refused.error().path() == "d/a");
  }
  CHECK(support::read_file(p.outside() / "gone/a") == "new");
  for (int i = 0; i < 3; ++i) {
    CHECK(notes.acquire().error() == errc::dirty_rollback);
    CHECK(notes.read().error() == errc::dirty_rollback);
    CHECK(coordinator::open(p.root()).value().acquire().error().outcome() == cp::outcome::dirty);
    CHECK(notes.pending().value().mutations.size() == 1);
  }
  REQUIRE(::unlink((p / "d").c_str()) == 0);
  REQUIRE(::rename((p.outside() / "gone").c_str(), (p / "d").c_str()) == 0);
  {
    auto owner = notes.acquire().value();
    CHECK(owner.run({}, nothing));
  }
  CHECK(support::shape(p.root()) == tree{{"d", "/"}, {"d/a", "old"}});
  CHECK(notes.pending().value().empty());
}
