#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/json_file.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <doctest/doctest.h>

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

namespace cp = commitpoint;
using cp::touch;
using support::place;
using support::tree;
using support::write_file;

std::size_t open_descriptors() {
  std::size_t count = 0;
  for (const auto& entry : support::fs::directory_iterator("/proc/self/fd")) count += entry.path().empty() ? 0U : 1U;
  return count;
}

// A child that may have so many descriptors; what it finds comes back.
std::string with_descriptors(rlim_t limit, const std::function<std::string()>& work) {
  support::child limited([&]() -> std::string {
    const rlimit few{limit, limit};
    if (::setrlimit(RLIMIT_NOFILE, &few) != 0) return "setrlimit failed";
    return work();
  });
  return limited.answer();
}

const std::string database_header("SQLite format 3\0 and more", 25);

cp::result<void> fail(cp::mutation&) { return std::make_error_code(std::errc::owner_dead); }
cp::result<void> do_nothing(cp::mutation&) { return cp::success(); }

}  // namespace

TEST_CASE_TEMPLATE("A18: 1,000 refused or failed calls of each kind leave no descriptor open", Journal,
                   cp::journal::log, cp::journal::json_file, cp::journal::sqlite) {
  const place p(tree{{"f", "old"}, {"x.db", database_header}, {"d", "/"}, {"d/y.db", database_header}, {"d/f", "x"}});
  auto kb = cp::coordinator<Journal, cp::durability::process_crash>::open(p.root()).value();
  std::optional<cp::owner> owner;
  const auto run = [&](const cp::plan& what, auto body) { return owner->run(what, body); };
  struct kind {
    const char* name;
    std::function<bool()> is_refused;
    bool needs_owner = true;
  };
  const std::vector<kind> kinds{
      {"a database touched as a file", [&] { return !run({.touches = {touch::file("x.db")}}, do_nothing); }},
      {"a database touched in a tree", [&] { return !run({.touches = {touch::tree("d")}}, do_nothing); }},
      {"a body that fails",
       [&] {
         return !run({.touches = {touch::file("f")}}, [](cp::mutation& m) -> cp::result<void> {
           BOOST_OUTCOME_TRYV(m.write("new", "x"));
           BOOST_OUTCOME_TRY(const int fd, m.lease_fd());
           (void)fd;
           return fail(m);
         });
       }},
      {"a body that throws",
       [&] {
         try {
           (void)run({}, [](cp::mutation& m) -> cp::result<void> {
             BOOST_OUTCOME_TRYV(m.append("f", "x"));
             throw 1;
           });
         } catch (int) {
           return true;
         }
         return false;
       }},
      {"a savepoint that fails",
       [&] {
         return !run({}, [](cp::mutation& m) -> cp::result<void> {
           return m.savepoint([](cp::mutation& inner) -> cp::result<void> {
             BOOST_OUTCOME_TRYV(inner.protect(touch::file("f")));
             return inner.write("no/such/directory", "x");
           });
         });
       }},
      {"a drift", [&] { return !run({}, [](cp::mutation& m) { return m.expect("f", "something else"); }); }},
      {"what cannot be adopted", [&] { return !run({}, [](cp::mutation& m) { return m.publish("f", "g"); }); }},
      {"a read of what is not there",
       [&] {
         return !run({}, [](cp::mutation& m) -> cp::result<void> {
           BOOST_OUTCOME_TRY(const auto text, m.read("none"));
           (void)text;
           return cp::success();
         });
       }},
      {"another owner", [&] { return !kb.acquire(); }},
      {"an id that blocks nothing", [&] { return !kb.accept("q1"); }, false},
      {"no root", [&] { return !cp::coordinator<Journal>::open(p.root() / "none"); }, false},
      {"a lease that is given back", [&] { return !kb.lease().value().write("../x", ""); }, false},
      {"a lock that is not to be had",
       [&] {
         auto other = cp::coordinator<Journal, cp::durability::process_crash>::open(p.root()).value();
         return !other.acquire({.deadline = std::chrono::steady_clock::now()}) &&
                !other.read({.deadline = std::chrono::steady_clock::now()});
       }},
  };
  for (const auto& k : kinds) {
    INFO(k.name);
    owner.reset();
    if (k.needs_owner) owner.emplace(kb.acquire().value());
    REQUIRE(k.is_refused());  // of each database one stays open
    const auto before = open_descriptors();
    int refused = 0;
    for (int i = 0; i < 1'000; ++i) refused += k.is_refused() ? 1 : 0;
    CHECK(refused == 1'000);
    CHECK(open_descriptors() <= before + 1);  // a log opens its other file when it needs it
  }
}

TEST_CASE("A18: of databases that were refused and are gone none stays open, and at 64 descriptors all works on") {
  const auto trouble = with_descriptors(64, []() -> std::string {
    const place p(tree{{"f", "old"}});
    auto kb = cp::coordinator<cp::durability::process_crash>::open(p.root()).value();
    auto owner = kb.acquire().value();
    for (int i = 0; i < 1'000; ++i) {
      write_file(p / "x.db", database_header);
      const auto done = owner.run({.touches = {touch::file("x.db")}}, do_nothing);
      if (done || done.error() != cp::errc::unsupported) return done ? "it was not refused" : done.error().message();
      support::fs::remove(p / "x.db");
    }
    const auto done = owner.run({.touches = {touch::file("f")}}, do_nothing);
    return done ? "" : done.error().message();
  });
  CHECK(trouble == "");
}

TEST_CASE("a lease that waits to be committed has one descriptor") {
  const place p;
  auto kb = cp::coordinator<>::open(p.root()).value();
  const auto before = open_descriptors();
  std::vector<cp::lease> leases;
  for (int i = 0; i < 10; ++i) {
    leases.push_back(kb.lease().value());
    REQUIRE(leases.back().write("a", "a"));
  }
  CHECK(open_descriptors() - before == 10);
  {
    auto owner = kb.acquire().value();
    CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
      for (std::size_t i = 0; i < leases.size(); ++i) {
        BOOST_OUTCOME_TRYV(m.publish(leases[i].path() / "a", "a" + std::to_string(i)));
      }
      return cp::success();
    }));
  }
  leases.clear();
  CHECK(open_descriptors() == before);
  CHECK(support::leftovers(p.root()).empty());
}

TEST_CASE("prepare works with 64 descriptors, 10,000 inputs, two jobs and batches of 256") {
  const auto trouble = with_descriptors(64, []() -> std::string {
    const place p(tree{});
    auto kb = cp::coordinator<cp::durability::process_crash>::open(p.root()).value();
    if (kb.most_leases() == 0 || kb.most_leases() > 20) return std::to_string(kb.most_leases()) + " leases";
    std::vector<int> inputs(10'000);
    for (std::size_t i = 0; i < inputs.size(); ++i) inputs[i] = static_cast<int>(i);
    const auto done = cp::prepare(
        kb, {.jobs = 2, .batch = 256}, inputs,
        [](const int& n, cp::lease& out) { return out.write("out", std::to_string(n)); },
        [](cp::mutation& m, const int& n, cp::path&& made) -> cp::result<void> {
          // In many directories, which a commit likes to keep open.
          const auto directory = "d" + std::to_string(n % 100);
          BOOST_OUTCOME_TRYV(m.create_directories(directory));
          return m.publish(made, directory + "/" + std::to_string(n));
        });
    if (done.stopped) return done.stopped->message();
    for (const auto& one : done.outcomes) {
      if (!one) return one.error().message();
    }
    return done.committed == inputs.size() && done.commits >= 10'000 / 20 ? "" : std::to_string(done.committed);
  });
  CHECK(trouble == "");
}

TEST_CASE("an input that fails for want of descriptors says so, and none is left without an outcome") {
  const auto trouble = with_descriptors(64, []() -> std::string {
    const place p(tree{});
    auto kb = cp::coordinator<cp::durability::process_crash>::open(p.root()).value();
    std::vector<int> inputs(300);
    std::vector<int> hoarded;  // whoever prepares leaves descriptors open
    const auto done = cp::prepare(
        kb, {.jobs = 1, .batch = 16}, inputs,
        [&](const int&, cp::lease& out) {
          hoarded.push_back(::open("/dev/null", O_RDONLY | O_CLOEXEC));
          return out.write("out", "x");
        },
        [](cp::mutation&, const int&, cp::path&&) -> cp::result<void> { return cp::success(); });
    for (const int fd : hoarded) ::close(fd);
    if (done.outcomes.size() != inputs.size()) return std::to_string(done.outcomes.size()) + " outcomes";
    if (done.committed + done.failed + done.cancelled != inputs.size()) return "some are not counted";
    if (done.failed == 0) return "none failed";
    for (const auto& one : done.outcomes) {
      if (one || one.error() == cp::errc::cancelled) continue;
      if (one.error() != std::errc::too_many_files_open) return one.error().message();
      if (one.error().message().find("ulimit -n") == std::string::npos) return one.error().message();
    }
    auto again = kb.acquire();
    return again ? "" : again.error().message();
  });
  CHECK(trouble == "");
}
