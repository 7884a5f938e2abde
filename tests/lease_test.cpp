#include "support/crash_lab.hpp"
#include "support/tree.hpp"

#include <commitpoint/commitpoint.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace cp = commitpoint;
using support::is_there;
using support::place;
using support::read_file;
using support::shape;
using support::write_file;

cp::coordinator<> open_here(const place& p) { return cp::coordinator<>::open(p.root()).value(); }

template <class Coordinator>
cp::result<void> adopt(Coordinator& kb, const cp::path& staged, const std::string& live) {
  BOOST_OUTCOME_TRY(auto owner, kb.acquire());
  return owner.run({.operation = "adopt"}, [&](cp::mutation& m) { return m.publish(staged, live); });
}

// Runs something in a forked child; whether it said yes.
bool in_child(const std::function<bool()>& what) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) ::_exit(what() ? 0 : 1);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

// The native system, with something that happens between two calls of a lease's maker.
struct interrupted : cp::system::native {
  using handle = cp::system::handle;
  std::shared_ptr<std::function<void(const std::string&)>> after_make_directory =
      std::make_shared<std::function<void(const std::string&)>>();
  std::shared_ptr<std::function<void()>> before_lock = std::make_shared<std::function<void()>>();

  cp::result<void> make_directory(const handle& dir, const std::string& name, std::uint32_t mode) override {
    BOOST_OUTCOME_TRYV(native::make_directory(dir, name, mode));
    if (*after_make_directory) (*after_make_directory)(name);
    return cp::success();
  }
  cp::result<bool> lock(const handle& file, cp::system::lock_mode mode, bool wait) override {
    if (wait && *before_lock) (*before_lock)();
    return native::lock(file, mode, wait);
  }
};

}  // namespace

TEST_CASE("a mutation adopts files and trees from a lease, and what is left goes with it") {
  const place p(support::tree{{"page", "old"}});
  auto kb = open_here(p);
  {
    auto leased = kb.lease();
    REQUIRE(leased);
    const auto where = leased.value().path();
    CHECK(where.is_absolute());
    CHECK(leased.value().write("page.new", "new").value() == where / "page.new");
    write_file(where / "scrap", "not wanted");
    support::build(where, {{"pages", "/"}, {"pages/a", "a"}, {"pages/link", ">a"}});
    auto owner = kb.acquire();
    REQUIRE(owner);
    CHECK(owner.value().run({}, [&](cp::mutation& m) -> cp::result<void> {
      BOOST_OUTCOME_TRYV(m.publish(where / "page.new", "page"));
      BOOST_OUTCOME_TRYV(m.publish(where / "pages", "pages"));
      BOOST_OUTCOME_TRY(const auto seen, m.read("pages/a"));
      CHECK(seen == "a");
      return cp::success();
    }));
    CHECK(shape(p.root()) == support::tree{{"page", "new"}, {"pages", "/"}, {"pages/a", "a"}, {"pages/link", ">a"}});
    CHECK_FALSE(is_there(where / "page.new"));
    CHECK(is_there(where / "scrap"));
  }
  CHECK(support::leftovers(p.root()).empty());
}

TEST_CASE("a lease writes whole new files beneath itself only") {
  const place p;
  auto kb = open_here(p);
  auto leased = kb.lease().value();
  CHECK(leased.write("a", "1"));
  CHECK(leased.write("a", "2").error() == std::errc::file_exists);
  CHECK(leased.write("no/such", "2").error() == std::errc::no_such_file_or_directory);
  CHECK(leased.write("../lock", "2").error() == cp::errc::outside_root);
  REQUIRE(::symlink("/tmp", (leased.path() / "out").c_str()) == 0);
  CHECK(leased.write("out/x", "2").error() == cp::errc::outside_root);
  CHECK(read_file(leased.path() / "a") == "1");
}

TEST_CASE("only what stands in the files of a live lease of this coordinator can be adopted") {
  const place p;
  auto kb = open_here(p);
  auto leased = kb.lease().value();
  const auto where = leased.path();
  write_file(where / "a", "a");
  REQUIRE(::symlink(".", (where / "here").c_str()) == 0);
  const auto refused = [&](const cp::path& staged) {
    const auto done = adopt(kb, staged, "live");
    return !done && done.error() == cp::errc::outside_root;
  };
  CHECK(refused(where));
  CHECK(refused(where.parent_path() / "lock"));
  CHECK(refused(where / "../lock"));
  CHECK(refused(where / "here/a"));
  CHECK(refused(where.parent_path().parent_path() / "l1/files/a"));
  CHECK_FALSE(is_there(p / "live"));
  CHECK(adopt(kb, where / "none", "live").error() == std::errc::no_such_file_or_directory);

  auto other = open_here(p);
  CHECK(adopt(other, where / "a", "live").error() == cp::errc::outside_root);

  // Somebody's files in a directory that looks like a lease.
  const auto fake = p / ".commitpoint/staging/l7";
  REQUIRE(::mkdir(fake.c_str(), 0700) == 0);
  REQUIRE(::mkdir((fake / "files").c_str(), 0700) == 0);
  write_file(fake / "files/a", "a");
  {
    auto owner = kb.acquire();
    CHECK_FALSE(is_there(fake));  // nobody held it
  }
  {
    const auto moved = std::move(leased);
    CHECK(moved.path() == where);
    CHECK(adopt(kb, where / "a", "live"));
  }
  CHECK(refused(where / "a"));
}

TEST_CASE("a mutation that fails leaves the lease without what it had adopted") {
  const place p;
  auto kb = open_here(p);
  auto leased = kb.lease().value();
  const auto staged = leased.write("a", "a").value();
  leased.write("b", "b").value();
  auto owner = kb.acquire().value();
  const auto done = owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.publish(staged, "live"));
    return cp::errc::cancelled;
  });
  CHECK(done.error() == cp::errc::cancelled);
  CHECK(shape(p.root()).empty());
  CHECK_FALSE(is_there(staged));
  CHECK(owner.run({}, [&](cp::mutation& m) { return m.publish(leased.path() / "b", "live"); }));
  CHECK(shape(p.root()) == support::tree{{"live", "b"}});
}

TEST_CASE("F29: a lease that is held survives every drain, and one whose process died does not") {
  const place p;
  auto kb = open_here(p);
  auto leased = kb.lease().value();
  write_file(leased.path() / "a", "a");
  REQUIRE(open_here(p).acquire());
  CHECK(in_child([&] { return static_cast<bool>(open_here(p).acquire()); }));
  CHECK(read_file(leased.path() / "a") == "a");

  // A worker that dies: its directory is an orphan, and no reason to block anything.
  const auto die = [&] {
    auto mine = open_here(p);
    auto doomed = mine.lease().value();
    write_file(doomed.path() / "b", "b");
    ::_exit(0);
    return true;
  };
  CHECK(in_child(die));
  const auto count = [&] {
    return std::distance(support::fs::directory_iterator(p / ".commitpoint/staging"),
                         support::fs::directory_iterator());
  };
  CHECK(count() == 2);
  REQUIRE(kb.acquire());
  CHECK(count() == 1);

  CHECK(in_child(die));
  CHECK(count() == 2);
  REQUIRE(open_here(p).read());  // a reader needs no owner for it
  CHECK(count() == 1);
  CHECK(adopt(kb, leased.path() / "a", "live"));
}

TEST_CASE("F29: leases that were left before the first mutation do not look like staging without a journal") {
  const place p;
  CHECK(in_child([&] {
    auto mine = open_here(p);
    auto doomed = mine.lease().value();
    ::_exit(0);
    return true;
  }));
  auto kb = open_here(p);
  REQUIRE(kb.acquire());
  CHECK(support::leftovers(p.root()).empty());
}

TEST_CASE("F29: a drain between the making of a lease and its lock takes the name, and the maker takes another") {
  const place p;
  interrupted system;
  auto kb = cp::coordinator<interrupted>::open(p.root(), {}, system).value();
  auto drainer = open_here(p);
  int drains = 0;
  const auto drain = [&] {
    if (++drains == 1) REQUIRE(drainer.acquire());
  };
  SUBCASE("before the lock file is made") {
    *system.after_make_directory = [&](const std::string& name) {
      if (name.starts_with('l')) drain();
    };
  }
  SUBCASE("before it is locked") { *system.before_lock = drain; }
  auto leased = kb.lease();
  REQUIRE(leased);
  CHECK(drains == 2);
  CHECK(leased.value().write("a", "a"));
  *system.before_lock = {};
  CHECK(adopt(kb, leased.value().path() / "a", "live"));
  CHECK(shape(p.root()) == support::tree{{"live", "a"}});
}

TEST_CASE("F28: a forked child neither releases nor removes nor adopts its parent's lease") {
  const place p;
  auto kb = open_here(p);
  auto leased = std::make_optional(kb.lease().value());
  const auto staged = leased->write("a", "a").value();
  CHECK(in_child([&] {
    leased.reset();
    const auto done = adopt(kb, staged, "live");
    return !done && done.error() == cp::errc::outside_root;
  }));
  REQUIRE(open_here(p).acquire());
  CHECK(read_file(staged) == "a");
  CHECK(adopt(kb, staged, "live"));
}

TEST_CASE("a failed sync makes the leases of its time suspect: what they hold may be lost although it is readable") {
  const place p;
  cp::system::faulty<cp::system::native> system;
  using coordinator = cp::coordinator<cp::system::faulty<cp::system::native>>;
  auto kb = coordinator::open(p.root(), {}, system).value();
  REQUIRE(kb.acquire());
  auto before = kb.lease().value();
  const auto first = before.write("a", "a").value();
  const auto second = before.write("b", "b").value();
  auto owner = std::make_optional(kb.acquire().value());
  const auto run = [&](const cp::path& staged) {
    return owner->run({}, [&](cp::mutation& m) { return m.publish(staged, "live"); });
  };
  system.arm({.nth = 1, .error = EIO, .only = cp::system::call::sync_filesystem});
  CHECK(run(first).error() == std::errc::io_error);
  system.disarm();
  CHECK(run(second).error() == std::errc::io_error);
  auto after = kb.lease().value();
  CHECK(run(after.write("a", "a").value()));
  CHECK(shape(p.root()) == support::tree{{"live", "a"}});
}

TEST_CASE("adopting costs one sync of the file system, however many files and leases") {
  const place p;
  cp::system::faulty<cp::system::native> system;
  using coordinator = cp::coordinator<cp::system::faulty<cp::system::native>>;
  auto kb = coordinator::open(p.root(), {}, system).value();
  auto owner = kb.acquire().value();
  std::vector<cp::lease> leases;
  for (int i = 0; i < 5; ++i) {
    leases.push_back(kb.lease().value());
    leases.back().write("a", "a").value();
  }
  system.reset_counts();
  CHECK(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
    for (std::size_t i = 0; i < leases.size(); ++i) {
      BOOST_OUTCOME_TRYV(m.publish(leases[i].path() / "a", "live" + std::to_string(i)));
    }
    return cp::success();
  }));
  CHECK(system.counts().of(cp::system::call::sync_filesystem) == 1);
  CHECK(system.counts().syncs() == 2);  // and the commit record
}

TEST_CASE("accepting a blockage leaves leases alone") {
  const place p;
  auto kb = open_here(p);
  REQUIRE(kb.acquire());
  auto leased = kb.lease().value();
  write_file(leased.path() / "a", "a");
  support::overwrite(p / ".commitpoint/journal.0", std::string(4096, 'x'));
  support::overwrite(p / ".commitpoint/journal.1", std::string(4096, 'x'));
  const auto blocked = kb.acquire();
  REQUIRE(blocked.error() == cp::errc::needs_repair);
  REQUIRE(kb.accept(kb.pending().value().blocked->id));
  CHECK(adopt(kb, leased.path() / "a", "live"));
}

TEST_CASE("F1: killed before any call that changes something, from the lease to the release: all or nothing") {
  const crash_lab::machine machine;
  std::uint64_t nth = 1;
  int old_states = 0;
  int new_states = 0;
  for (bool killed = true; killed; ++nth) {
    const place p(support::tree{{"page", "old"}});
    REQUIRE(nth < 1000);
    REQUIRE(open_here(p).acquire());  // what a first open may leave is not what this is about
    const auto end = crash_lab::in_child(machine, crash_lab::kill_before_change(nth), [&](auto& system, int) {
      auto kb = crash_lab::open_here(system, p.root());
      auto leased = kb.lease().value();
      leased.write("page", "new").value();
      support::build(leased.path(), {{"pages", "/"}, {"pages/a", "a"}});
      auto owner = kb.acquire().value();
      crash_lab::expect_success(owner.run({}, [&](cp::mutation& m) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(m.publish(leased.path() / "page", "page"));
        return m.publish(leased.path() / "pages", "pages");
      }));
      crash_lab::expect_success(owner.release());
    });
    REQUIRE(end.trouble == "");
    killed = end.killed;
    auto kb = open_here(p);
    REQUIRE(kb.acquire());
    CAPTURE(nth);
    const auto found = shape(p.root());
    const bool is_old = found == support::tree{{"page", "old"}};
    const bool is_new = found == support::tree{{"page", "new"}, {"pages", "/"}, {"pages/a", "a"}};
    CHECK_MESSAGE((is_old || is_new), support::text_of(found));
    CHECK(support::leftovers(p.root()).empty());
    (is_old ? old_states : new_states) += 1;
  }
  CHECK(old_states > 10);
  CHECK(new_states > 2);
}
