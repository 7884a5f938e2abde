#include <commitpoint/system/faulty.hpp>
#include <commitpoint/system/native.hpp>
#include <commitpoint/testing/temporary_directory.hpp>

#include <doctest/doctest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <system_error>
#include <thread>
#include <type_traits>
#include <vector>

namespace cp = commitpoint;
namespace sys = commitpoint::system;

using faulty = sys::faulty<sys::native>;
using open_for = sys::open_how::access_mode;
using sys::call;
using namespace std::string_literals;

static_assert(std::is_base_of_v<sys::door, faulty>);
static_assert(std::is_base_of_v<sys::door, sys::faulty<faulty>>);
static_assert(std::is_default_constructible_v<faulty>);
static_assert(std::is_same_v<faulty::kind, cp::kind::system>);

namespace {

constexpr sys::open_how create_new{.access = open_for::read_write, .create_exclusive = true};

struct place {
  cp::testing::temporary_directory directory{};
  faulty system{};
  faulty::handle root = system.open_root(directory.path().native()).value();

  bool has(const std::string& name) { return system.inner().status(root, name).value().type != sys::node_type::none; }
  cp::result<void> make(const std::string& name) { return system.make_directory(root, name, 0755); }
};

}  // namespace

TEST_CASE("without a plan it only counts") {
  place p;
  p.system.reset_counts();
  auto f = p.system.open(p.root, "f", create_new).value();
  CHECK(p.system.open(p.root, "f", {}).has_value());
  CHECK(p.system.write(f, 0, "12345"s).value() == 5);
  CHECK(p.system.write(f, 5, "678"s).value() == 3);
  CHECK(p.system.sync(f).has_value());
  CHECK(p.system.sync_data(f).has_value());
  CHECK(p.system.sync_filesystem(p.root).has_value());
  CHECK(p.system.status(f).value().size == 8);
  const auto counts = p.system.counts();
  CHECK(counts.total == 8);
  CHECK(counts.changes == 6);  // the second open creates nothing
  CHECK(counts.of(call::open) == 2);
  CHECK(counts.of(call::write) == 2);
  CHECK(counts.syncs() == 3);
  CHECK(counts.bytes_written == 8);
  CHECK(counts.faults == 0);
}

TEST_CASE("the nth call fails with the chosen error, did nothing, and the next one works") {
  for (const int error : {EIO, ENOSPC, EDQUOT, EACCES, EPERM, EMFILE, EROFS, ENOMEM, EINTR}) {
    place p;
    p.system.arm({.nth = 2, .error = error});
    CHECK(p.make("a").has_value());
    CHECK(p.make("b").error() == std::error_code(error, std::system_category()));
    CHECK(p.make("c").has_value());
    CHECK(p.has("a"));
    CHECK_FALSE(p.has("b"));
    CHECK(p.has("c"));
    CHECK(p.system.counts().faults == 1);
    CHECK(p.system.counts().last_fault == call::make_directory);
  }
}

TEST_CASE("a call may fail and yet have done it") {
  place p;
  p.system.arm({.nth = 1, .effect = sys::fault::fails_after_effect});
  CHECK(p.make("a").error() == std::errc::io_error);
  CHECK(p.has("a"));
  p.system.arm({.nth = 1, .effect = sys::fault::fails_after_effect});
  CHECK(p.system.open(p.root, "f", create_new).error() == std::errc::io_error);
  CHECK(p.has("f"));
}

TEST_CASE("a plan counts one kind of call, or only those that change something") {
  place p;
  p.system.arm({.nth = 2, .only = call::sync});
  CHECK(p.system.sync(p.root).has_value());
  CHECK(p.make("a").has_value());
  CHECK(p.system.sync_filesystem(p.root).has_value());
  CHECK(p.system.sync(p.root).has_error());
  CHECK(p.system.sync(p.root).has_value());

  p.system.arm({.nth = 2, .only_changes = true});
  CHECK(p.system.status(p.root).has_value());
  CHECK(p.make("b").has_value());
  CHECK(p.system.open(p.root, "b", {}).has_value());
  CHECK(p.system.list(p.root).has_value());
  CHECK(p.system.open(p.root, "f", create_new).has_error());
  CHECK_FALSE(p.has("f"));
}

TEST_CASE("a plan may last, until it is disarmed") {
  place p;
  p.system.arm({.nth = 2, .error = ENOSPC, .times = 2, .only = call::make_directory});
  CHECK(p.make("a").has_value());
  CHECK(p.make("b").has_error());
  CHECK(p.make("c").has_error());
  CHECK(p.make("d").has_value());
  p.system.arm({.nth = 1, .times = ~std::uint64_t{0}});
  for (int i = 0; i < 10; ++i) CHECK(p.make("e").has_error());
  p.system.disarm();
  CHECK(p.make("e").has_value());
}

TEST_CASE("F10: reads and writes can be made short") {
  place p;
  auto f = p.system.open(p.root, "f", create_new).value();
  p.system.arm({.largest_transfer = 3});
  CHECK(p.system.write(f, 0, "12345"s).value() == 3);
  std::string buffer(2, '\0');
  CHECK(p.system.read(f, 0, buffer).value() == 2);
  buffer.resize(10);
  CHECK(p.system.read(f, 0, buffer).value() == 3);
  CHECK(p.system.counts().bytes_written == 3);
}

TEST_CASE("F1: the process ends before the call") {
  place p;
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    p.system.arm({.nth = 2, .effect = sys::fault::ends_process});
    (void)p.make("a");
    (void)p.make("b");
    ::_exit(0);
  }
  int how = 0;
  REQUIRE(::waitpid(child, &how, 0) == child);
  REQUIRE(WIFSIGNALED(how));
  CHECK(WTERMSIG(how) == SIGKILL);
  CHECK(p.has("a"));
  CHECK_FALSE(p.has("b"));
}

TEST_CASE("copies share plan and counts") {
  place p;
  auto copy = p.system;
  p.system.reset_counts();
  p.system.arm({.nth = 1});
  CHECK(copy.make_directory(p.root, "a", 0755).has_error());
  CHECK(p.system.counts().total == 1);
  CHECK(copy.counts().faults == 1);
}

TEST_CASE("calls from several threads are all counted, and exactly one goes wrong") {
  place p;
  p.system.reset_counts();
  p.system.arm({.nth = 1000});
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i) (void)p.system.status(p.root);
    });
  }
  for (auto& t : threads) t.join();
  CHECK(p.system.counts().total == 2000);
  CHECK(p.system.counts().of(call::status) == 2000);
  CHECK(p.system.counts().faults == 1);
}

TEST_CASE("each counted call is named, and can be made to fail") {
  place p;
  auto f = p.system.open(p.root, "f", create_new).value();
  std::string buffer(1, '\0');
  auto fails = [&](call which, auto perform) {
    CAPTURE(sys::to_string(which));
    p.system.arm({.nth = 1, .error = ENOMEM, .only = which});
    CHECK(perform().error() == std::errc::not_enough_memory);
    CHECK(p.system.counts().last_fault == which);
    p.system.disarm();
  };
  auto& s = p.system;
  fails(call::open_root, [&] { return s.open_root("/"); });
  fails(call::open, [&] { return s.open(p.root, "f", {}); });
  fails(call::open_beneath, [&] { return s.open_beneath(p.root, "f", {}); });
  fails(call::make_directory, [&] { return s.make_directory(p.root, "d", 0755); });
  fails(call::make_symlink, [&] { return s.make_symlink("f", p.root, "l"); });
  fails(call::read_symlink, [&] { return s.read_symlink(p.root, "l"); });
  fails(call::remove_file, [&] { return s.remove_file(p.root, "f"); });
  fails(call::remove_directory, [&] { return s.remove_directory(p.root, "d"); });
  fails(call::rename, [&] { return s.rename(p.root, "f", p.root, "g", sys::rename_how::replace); });
  fails(call::link, [&] { return s.link(p.root, "f", p.root, "g"); });
  fails(call::status, [&] { return s.status(p.root, "f"); });
  fails(call::status, [&] { return s.status(f); });
  fails(call::read, [&] { return s.read(f, 0, buffer); });
  fails(call::write, [&] { return s.write(f, 0, buffer); });
  fails(call::clone, [&] { return s.clone(f, f); });
  fails(call::copy_range, [&] { return s.copy_range(f, 0, f, 1, 1); });
  fails(call::truncate, [&] { return s.truncate(f, 1); });
  fails(call::next_data, [&] { return s.next_data(f, 0); });
  fails(call::list, [&] { return s.list(p.root); });
  fails(call::set_mode, [&] { return s.set_mode(f, 0600); });
  fails(call::set_owner, [&] { return s.set_owner(p.root, "f", 0, 0); });
  fails(call::set_modified, [&] { return s.set_modified(p.root, "f", 0); });
  fails(call::attributes, [&] { return s.attributes(f); });
  fails(call::set_attribute, [&] { return s.set_attribute(f, "user.a", "b"); });
  fails(call::remove_attribute, [&] { return s.remove_attribute(f, "user.a"); });
  fails(call::sync, [&] { return s.sync(f); });
  fails(call::sync_data, [&] { return s.sync_data(f); });
  fails(call::sync_filesystem, [&] { return s.sync_filesystem(f); });
  fails(call::lock, [&] { return s.lock(f, sys::lock_mode::shared, false); });
  fails(call::unlock, [&] { return s.unlock(f); });
  CHECK(s.status(f).value().size == 0);
  CHECK(s.list(p.root).value().size() == 1);
}
