#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <stop_token>
#include <string>

namespace cp = commitpoint;
using cp::errc;
using support::place;
using support::tree;
using coordinator = cp::coordinator<>;

namespace {

cp::lock_options soon() { return {.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(30)}; }

// A program, started by exec, that inherits what is not close-on-exec, and writes to `file` when it hears a word.
void start_program(int ears, const std::string& file) {
  if (::fork() != 0) return;
  ::dup2(ears, 0);
  ::execl("/bin/sh", "sh", "-c", ("read word && printf late > '" + file + "'").c_str(), nullptr);
  ::_exit(127);
}

// Leaves a mutation without its owner, whose subprocess goes on, and listens to `ears`.
void leave_orphan(const place& p, int ears, bool in_place) {
  support::child dead([&]() -> std::string {
    auto kb = coordinator::open(p.root()).value();
    auto owner = kb.acquire().value();
    (void)owner.run({.operation = "convert"}, [&](cp::mutation& m) -> cp::result<void> {
      if (in_place) {
        BOOST_OUTCOME_TRYV(m.protect(cp::touch::file("a")));
      }
      BOOST_OUTCOME_TRY(const int lease, m.lease_fd());
      if (lease != m.lease_fd().value()) return errc::unsupported;
      if ((::fcntl(lease, F_GETFD) & FD_CLOEXEC) != 0) return errc::unsupported;
      start_program(ears, (p / "a").native());
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lives";
  });
  REQUIRE(dead.was_killed());
}

}  // namespace

TEST_CASE("F28: a subprocess that outlives its killed owner is waited for, and what it wrote is undone") {
  const place p(tree{{"a", "old"}});
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  leave_orphan(p, ends[0], true);
  auto kb = coordinator::open(p.root()).value();
  for (int i = 0; i < 2; ++i) {
    const auto refused = kb.acquire(soon());
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == errc::lock_timeout);
    CHECK(refused.error().message().find("a subprocess of mutation 1") != std::string::npos);
    CHECK(kb.read(soon()).error() == errc::lock_timeout);
    CHECK(kb.pending().value().mutations.size() == 1);  // nothing was decided
    CHECK(support::read_file(p / "a") == "old");
  }
  std::stop_source stop;
  stop.request_stop();
  CHECK(kb.acquire({.stop = stop.get_token()}).error() == errc::cancelled);
  REQUIRE(::write(ends[1], "go\n", 3) == 3);
  // Without a deadline the drain waits for as long as it takes.
  const auto owner = kb.acquire().value();
  CHECK(owner.recovered().mutations.size() == 1);
  CHECK(support::read_file(p / "a") == "old");
  REQUIRE(owner.recovered().kept.size() == 1);
  CHECK(support::read_file(p / owner.recovered().kept.front().place) == "late");
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("F28: the staging of a dead owner is not reaped while its subprocess may write there") {
  const place p(tree{{"a", "old"}});
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  leave_orphan(p, ends[0], false);
  auto kb = coordinator::open(p.root()).value();
  CHECK(kb.acquire(soon()).error() == errc::lock_timeout);
  CHECK(support::is_there(p / ".commitpoint/staging/m1/lease"));
  ::close(ends[1]);  // the program hears nothing any more, and ends
  CHECK(kb.acquire());
  CHECK_FALSE(support::is_there(p / ".commitpoint/staging/m1"));
  CHECK(support::read_file(p / "a") == "old");
  ::close(ends[0]);
}

TEST_CASE("a lease that is one file with the lock, as a tool that links equal files leaves it, is not waited for") {
  const place p(tree{{"a", "old"}});
  int ends[2];
  REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
  leave_orphan(p, ends[0], false);
  ::close(ends[0]);
  ::close(ends[1]);
  const auto lease = p / ".commitpoint/staging/m1/lease";
  REQUIRE(::unlink(lease.c_str()) == 0);
  REQUIRE(::link((p / ".commitpoint/lock").c_str(), lease.c_str()) == 0);
  auto kb = coordinator::open(p.root()).value();
  const auto owner = kb.acquire(soon());
  REQUIRE_MESSAGE(owner, owner.error().message());
  CHECK_FALSE(support::is_there(p / ".commitpoint/staging/m1"));
}

TEST_CASE("an owner that is alive waits for no subprocess, and leaves no lease behind") {
  const place p(tree{{"a", "old"}});
  auto kb = coordinator::open(p.root()).value();
  auto owner = kb.acquire().value();
  int copy = -1;
  CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRY(const int lease, m.lease_fd());
    copy = ::dup(lease);  // as a subprocess that goes on has it
    const int other = ::open(("/proc/self/fd/" + std::to_string(lease)).c_str(), O_RDWR | O_CLOEXEC);
    CHECK(::flock(other, LOCK_EX | LOCK_NB) == -1);
    ::close(other);
    return m.write("a", "new");
  }));
  CHECK(owner.run({}, [](cp::mutation& m) { return m.write("a", "newer"); }));
  CHECK_FALSE(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.lease_fd());
    return errc::unsupported;
  }));
  CHECK(owner.run({}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.lease_fd());
    return cp::success();
  }));
  CHECK(owner.release());
  CHECK(kb.acquire(soon()));
  CHECK(support::leftovers(p.root()).empty());
  CHECK(support::read_file(p / "a") == "newer");
  ::close(copy);
}
