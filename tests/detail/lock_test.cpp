#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/detail/root/lock.hpp>
#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>

#include <doctest/doctest.h>

#include <sys/file.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>

namespace cp = commitpoint;
namespace d = commitpoint::detail;
using cp::errc;
using cp::system::lock_mode;
using cp::system::native;
using support::place;

namespace {

struct held_place : place {
  native system;
  d::workspace where = d::open_workspace(system, root().native(), ".commitpoint").value();

  [[nodiscard]] cp::result<d::held_lock> take(lock_mode mode, cp::lock_options how = {}) {
    return d::take_lock(system, where, mode, how);
  }
  [[nodiscard]] cp::path file(const char* name) const { return *this / (std::string(".commitpoint/") + name); }
};

cp::lock_options at_once() { return {.deadline = std::chrono::steady_clock::now()}; }

// Whether somebody else holds a lock file exclusively.
bool is_held(const cp::path& file) {
  const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
  if (fd < 0) return false;
  const bool held = ::flock(fd, LOCK_SH | LOCK_NB) != 0;
  ::close(fd);
  return held;
}

}  // namespace

TEST_CASE("shared locks share, exclusive ones do not") {
  held_place p;
  {
    auto one = p.take(lock_mode::shared).value();
    auto two = p.take(lock_mode::shared).value();
    CHECK(p.take(lock_mode::exclusive, at_once()).error() == errc::lock_timeout);
  }
  auto one = p.take(lock_mode::exclusive).value();
  CHECK(p.take(lock_mode::shared, at_once()).error() == errc::lock_timeout);
  CHECK(p.take(lock_mode::exclusive, at_once()).error() == errc::lock_timeout);
  CHECK(one.still_held(p.where, d::names::lock).value());
  CHECK_FALSE(is_held(p.file(d::names::turnstile)));  // only those who wait hold it
}

TEST_CASE("a waiting owner is not starved: who comes later waits behind it") {
  held_place p;
  std::optional<d::held_lock> reader(p.take(lock_mode::shared).value());
  std::atomic<bool> has_it = false;
  std::atomic<bool> may_end = false;
  std::thread waiting([&] {
    auto owner = p.take(lock_mode::exclusive);
    CHECK(owner);
    has_it = true;
    while (!may_end) std::this_thread::yield();
  });
  while (!is_held(p.file(d::names::turnstile))) std::this_thread::yield();
  const auto refused = p.take(lock_mode::shared, at_once());
  CHECK(refused.error() == errc::lock_timeout);
  CHECK(refused.error().path() == ".commitpoint/lock.turnstile");
  CHECK_FALSE(has_it.load());
  reader.reset();
  while (!has_it) std::this_thread::yield();
  may_end = true;
  waiting.join();
  CHECK(p.take(lock_mode::shared, at_once()));
}

TEST_CASE("who waits with a deadline or a stop token gets the lock when it is free") {
  held_place p;
  std::optional<d::held_lock> first(p.take(lock_mode::exclusive).value());
  std::stop_source never;
  std::atomic<bool> got = false;
  std::thread waiting([&] {
    got = static_cast<bool>(
        p.take(lock_mode::exclusive,
               {.deadline = std::chrono::steady_clock::now() + std::chrono::hours(1), .stop = never.get_token()}));
  });
  while (!is_held(p.file(d::names::turnstile))) std::this_thread::yield();
  first.reset();
  waiting.join();
  CHECK(got.load());
}

TEST_CASE("a lock on a file that was removed or replaced excludes nobody, and is noticed") {
  held_place p;
  auto held = p.take(lock_mode::exclusive).value();
  CHECK(held.still_held(p.where, d::names::lock).value());
  REQUIRE(::unlink(p.file(d::names::lock).c_str()) == 0);
  CHECK_FALSE(held.still_held(p.where, d::names::lock).value());
  auto other = p.take(lock_mode::exclusive, at_once()).value();
  CHECK(other.still_held(p.where, d::names::lock).value());
  CHECK_FALSE(held.still_held(p.where, d::names::lock).value());
  REQUIRE(::unlink(p.file(d::names::lock).c_str()) == 0);
  REQUIRE(::mkdir(p.file(d::names::lock).c_str(), 0700) == 0);
  CHECK_FALSE(other.still_held(p.where, d::names::lock).value());
  CHECK(p.take(lock_mode::exclusive, at_once()).error() == errc::not_a_regular_file);
}

TEST_CASE("who waited for a file that was replaced meanwhile waits for the new one") {
  held_place p;
  std::optional<d::held_lock> old(p.take(lock_mode::exclusive).value());
  std::atomic<bool> got = false;
  std::thread waiting([&] {
    auto mine = p.take(lock_mode::exclusive);
    CHECK(mine.value().still_held(p.where, d::names::lock).value());
    got = true;
  });
  while (!is_held(p.file(d::names::turnstile))) std::this_thread::yield();
  REQUIRE(::unlink(p.file(d::names::lock).c_str()) == 0);
  // Somebody else's, on the new file.
  const int theirs = ::open(p.file(d::names::lock).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  REQUIRE(::flock(theirs, LOCK_EX) == 0);
  old.reset();
  CHECK_FALSE(got.load());
  REQUIRE(::close(theirs) == 0);
  waiting.join();
  CHECK(got.load());
}

TEST_CASE("the turnstile and the lock as one file, as a tool that links equal files leaves them, are parted") {
  held_place p;
  REQUIRE(p.take(lock_mode::exclusive));
  const auto turnstile = p.file(d::names::turnstile);
  for (const auto mode : {lock_mode::exclusive, lock_mode::shared}) {
    REQUIRE(::unlink(p.file(d::names::lock).c_str()) == 0);
    REQUIRE(::link(turnstile.c_str(), p.file(d::names::lock).c_str()) == 0);
    const auto held = p.take(mode, at_once());
    REQUIRE_MESSAGE(held, held.error().message());
    CHECK(held.value().still_held(p.where, d::names::lock).value());
    CHECK_FALSE(is_held(turnstile));
    CHECK(is_held(p.file(d::names::lock)) == (mode == lock_mode::exclusive));
  }
}

TEST_CASE("the turnstile as a second name of a lock that is held lets nobody in beside who holds it") {
  for (const auto mode : {lock_mode::exclusive, lock_mode::shared}) {
    held_place p;
    std::optional<d::held_lock> held(p.take(mode).value());
    REQUIRE(::unlink(p.file(d::names::turnstile).c_str()) == 0);
    REQUIRE(::link(p.file(d::names::lock).c_str(), p.file(d::names::turnstile).c_str()) == 0);
    CHECK(p.take(lock_mode::exclusive, at_once()).error() == errc::lock_timeout);
    CHECK(held->still_held(p.where, d::names::lock).value());
    // Who waits for the one inode gets it when it is free, and parts the two.
    std::atomic<bool> got = false;
    std::thread waiting([&] {
      const auto mine = p.take(lock_mode::exclusive);
      CHECK(mine.value().still_held(p.where, d::names::lock).value());
      CHECK(p.take(lock_mode::shared, at_once()).error() == errc::lock_timeout);
      got = true;
    });
    CHECK_FALSE(got.load());
    held.reset();
    waiting.join();
    CHECK(got.load());
    CHECK(support::status(p.file(d::names::lock)).st_ino != support::status(p.file(d::names::turnstile)).st_ino);
  }
}

TEST_CASE("F28: a forked child neither holds nor gives back what its parent holds") {
  held_place p;
  std::optional<d::held_lock> held(p.take(lock_mode::exclusive).value());
  support::child child([&]() -> std::string {
    std::string wrong;
    if (held->still_held(p.where, d::names::lock).value()) wrong += "still_held, ";
    held.reset();
    if (p.take(lock_mode::exclusive, at_once())) wrong += "take, ";
    return wrong;
  });
  CHECK(child.answer() == "");
  CHECK(is_held(p.file(d::names::lock)));
  CHECK(held->still_held(p.where, d::names::lock).value());
}

TEST_CASE("moving a lock moves it") {
  held_place p;
  auto first = p.take(lock_mode::exclusive).value();
  {
    auto second = std::move(first);
    CHECK(second.still_held(p.where, d::names::lock).value());
    CHECK(is_held(p.file(d::names::lock)));
  }
  CHECK_FALSE(is_held(p.file(d::names::lock)));
}
