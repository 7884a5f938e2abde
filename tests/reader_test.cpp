#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/coordinator.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cp = commitpoint;
using cp::errc;
using support::place;
using support::tree;
using coordinator = cp::coordinator<>;

namespace {

cp::lock_options at_once() { return {.deadline = std::chrono::steady_clock::now()}; }

// A process that is killed with this done in place.
void crash_in_place(const place& p) {
  support::child crashed([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    (void)owner.run({.operation = "crash", .touches = {cp::touch::file("a")}}, [&](cp::mutation&) -> cp::result<void> {
      support::overwrite(p / "a", "half");
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lived";
  });
  REQUIRE(crashed.was_killed());
  REQUIRE(support::read_file(p / "a") == "half");
}

}  // namespace

TEST_CASE("a reader reads files, and nothing else") {
  const place p(tree{{"a", "A"}, {"d", "/"}, {"d/b", ""}, {"l", ">a"}});
  auto notes = coordinator::open(p.root(), {.largest_read = 4}).value();
  support::write_file(p / "large", "12345");
  auto reader = notes.read().value();
  CHECK(reader.read("a").value() == "A");
  CHECK(reader.read("./d//b").value().empty());
  CHECK(reader.read("d").error() == errc::not_a_regular_file);
  CHECK(reader.read("l").error() == errc::not_a_regular_file);
  CHECK(reader.read("../a").error() == errc::outside_root);
  CHECK(reader.read("l/x").error() == errc::outside_root);
  CHECK(reader.read("").error() == errc::invalid_path);
  CHECK(reader.read("large").error() == std::errc::file_too_large);
  CHECK(reader.read("large").error().path() == "large");
  CHECK(reader.root() == support::fs::canonical(p.root()));
  CHECK(reader.recovered().empty());
}

TEST_CASE("F27: a reader that comes after a crash sees the old state or the new one") {
  const place p(tree{{"a", "old"}});
  crash_in_place(p);
  auto notes = coordinator::open(p.root()).value();
  {
    auto reader = notes.read().value();
    CHECK(reader.read("a").value() == "old");
    REQUIRE(reader.recovered().mutations.size() == 1);
    CHECK(reader.recovered().mutations[0].operation == "crash");
    CHECK(reader.recovered().kept.size() == 1);
  }
  CHECK(notes.read().value().recovered().empty());
}

TEST_CASE("a reader takes away what an owner left before its first record, and waits for nobody to do so") {
  const place p(tree{{"a", "A"}});
  support::child crashed([&]() -> std::string {
    auto owner = coordinator::open(p.root()).value().acquire().value();
    (void)owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      (void)m.write("a", "B");
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lived";
  });
  REQUIRE(crashed.was_killed());
  REQUIRE_FALSE(support::leftovers(p.root()).empty());
  auto notes = coordinator::open(p.root()).value();
  auto others = coordinator::open(p.root()).value();
  {
    const auto other = others.read();  // it tidies up itself
    REQUIRE(other);
    CHECK(support::leftovers(p.root()).empty());
  }
  REQUIRE(::mkdir((p / ".commitpoint/staging/m77").c_str(), 0700) == 0);
  std::optional first(others.read(at_once()).value());
  REQUIRE(::mkdir((p / ".commitpoint/staging/m78").c_str(), 0700) == 0);
  const auto second = notes.read();  // the first reader is in the way of an owner, and not of a reader
  REQUIRE(second);
  CHECK(second.value().recovered().empty());
  CHECK(support::is_there(p / ".commitpoint/staging/m78"));
}

TEST_CASE("a reader that has to drain waits no longer than it was told") {
  const place p(tree{{"a", "old"}});
  auto one = coordinator::open(p.root()).value();
  auto two = coordinator::open(p.root()).value();
  auto owner = one.acquire().value();
  CHECK(two.read(at_once()).error() == errc::lock_timeout);
  std::stop_source stop;
  stop.request_stop();
  CHECK(two.read({.stop = stop.get_token()}).error() == errc::cancelled);
}

TEST_CASE("readers share, owners wait for all of them") {
  const place p(tree{{"a", "A"}});
  auto one = coordinator::open(p.root()).value();
  auto two = coordinator::open(p.root()).value();
  auto three = coordinator::open(p.root()).value();
  std::optional<coordinator::reader_type> first(one.read().value());
  std::optional<coordinator::reader_type> second(two.read().value());
  CHECK(three.acquire(at_once()).error() == errc::lock_timeout);
  first.reset();
  CHECK(three.acquire(at_once()).error() == errc::lock_timeout);
  second.reset();
  CHECK(three.acquire(at_once()));
}

TEST_CASE("moving a reader keeps the new one good and makes the old one empty") {
  const place p(tree{{"a", "A"}});
  auto notes = std::make_unique<coordinator>(coordinator::open(p.root()).value());
  auto first = notes->read().value();
  notes.reset();
  std::vector<coordinator::reader_type> readers;
  readers.push_back(std::move(first));
  CHECK(readers[0].read("a").value() == "A");
  CHECK(first.read("a").error() == errc::not_owner);
  auto other = coordinator::open(p.root()).value();
  CHECK(other.acquire(at_once()).error() == errc::lock_timeout);
  readers.clear();
  CHECK(other.acquire(at_once()));
}

TEST_CASE("F28: a reader in a forked child is nobody's, and its end leaves the parent's lock alone") {
  const place p(tree{{"a", "A"}});
  auto notes = coordinator::open(p.root()).value();
  std::optional<coordinator::reader_type> reader(notes.read().value());
  support::child child([&]() -> std::string {
    std::string wrong;
    if (reader->read("a").error() != errc::not_owner) wrong += "read, ";
    reader.reset();
    return wrong;
  });
  CHECK(child.answer() == "");
  auto other = coordinator::open(p.root()).value();
  CHECK(other.acquire(at_once()).error() == errc::lock_timeout);
  CHECK(reader->read("a").value() == "A");
}
