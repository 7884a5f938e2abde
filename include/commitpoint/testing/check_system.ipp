#pragma once

#include <commitpoint/config.hpp>
#include <commitpoint/files/io.hpp>
#include <commitpoint/files/tree.hpp>
#include <commitpoint/testing/check_system.hpp>
#include <commitpoint/testing/conformance_report.ipp>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

namespace commitpoint::testing {

namespace detail {

/// An empty directory of the system under test, left there at the end unless everything in it can be removed.
class system_bench {
 public:
  using handle = system::handle;

  system_bench(system::door& with, const std::string& where) : s(with), above_(s.open_root(where).value()) {
    name_ = "commitpoint-check-" + std::to_string(s.random());
    s.make_directory(above_, name_, 0755).value();
    dir = s.open(above_, name_, {.directory = true}).value();
  }
  system_bench(const system_bench&) = delete;
  system_bench& operator=(const system_bench&) = delete;
  ~system_bench() { (void)commitpoint::files::remove_tree(s, above_, name_); }

  handle file(const std::string& name, std::string_view content = "content") {
    return commitpoint::files::write_new_file(s, dir, name, content, 0640).value();
  }
  std::string content(const std::string& name) {
    return commitpoint::files::read_whole(s, s.open(dir, name, {}).value(), 1 << 20).value();
  }
  auto type(const std::string& name) { return s.status(dir, name).value().type; }
  std::vector<std::string> names() {
    std::vector<std::string> all;
    const auto listed = s.list(dir).value();
    for (const auto& entry : listed) all.push_back(entry.name);
    std::ranges::sort(all);
    return all;
  }
  template <class T, class E>
  static void expect_error(const result<T>& done, E wanted, const std::string& what) {
    expect(!done, what + " succeeded");
    expect(done.error() == wanted, what + " failed with another error: " + done.error().message());
  }

  system::door& s;
  handle dir;

 private:
  handle above_;
  std::string name_;
};

/// What is asked of a system, each in an empty directory of its own.
struct system_checks {
  using access = system::open_how::access_mode;
  using node = system::node_type;
  using how = system::rename_how;

  static void empty_handles(system_bench& one) {
    system::handle nothing;
    expect(!nothing, "a default-made one is true");
    expect(static_cast<bool>(one.dir), "one that was opened is false");
    auto moved = std::move(one.dir);
    expect(!one.dir && moved, "moving one left both, or none");
  }

  static void missing_names(system_bench& one) {
    expect(one.type("missing") == node::none, "it has a type");
    system_bench::expect_error(one.s.open(one.dir, "missing", {}), std::errc::no_such_file_or_directory, "opening it");
  }

  static void bytes(system_bench& one) {
    const auto file = one.file("f", "0123456789");
    const std::string middle = "abc";
    expect(one.s.write(file, 4, std::span<const char>(middle)).value() > 0, "nothing was written");
    expect(one.content("f").starts_with("0123a"), "the file has something else");
    char buffer[4] = {};
    expect(one.s.read(file, 100, std::span<char>(buffer)).value() == 0, "bytes were read behind the end");
    one.s.truncate(file, 2).value();
    expect(one.content("f") == "01", "truncate left something else");
    one.s.truncate(file, 4).value();
    expect(one.content("f") == std::string("01\0\0", 4), "a file that was made longer does not end in zeros");
  }

  static void copies(system_bench& one) {
    const auto from = one.file("from", "0123456789");
    const auto to = one.file("to", "abcdefghij");
    const auto moved = one.s.copy_range(from, 2, to, 4, 3);
    if (moved && moved.value() > 0) {
      const auto expected = std::string("abcdefghij").replace(4, moved.value(), "234", moved.value());
      expect(moved.value() <= 3 && one.content("to") == expected, "copy_range copied something else");
    } else {
      expect(one.content("to") == "abcdefghij", "copy_range was refused and changed the file");
    }
    const auto clone = one.file("clone", "");
    const bool cloned = static_cast<bool>(one.s.clone(from, clone));
    expect(one.content("clone") == (cloned ? "0123456789" : ""), "clone gave another content");
    expect(one.content("from") == "0123456789", "the source was changed");
  }

  static void opening(system_bench& one) {
    const auto file = one.file("f");
    system_bench::expect_error(one.s.open(one.dir, "f", {.access = access::read_write, .create_exclusive = true}),
                               std::errc::file_exists, "creating a file that exists");
    one.s.open(one.dir, "f", {.access = access::read_write, .create = true}).value();
    expect(one.content("f") == "content", "opening a file with create changed it");
    one.s.open(one.dir, "g", {.access = access::read_write, .create = true, .mode = 0600}).value();
    expect(one.type("g") == node::regular, "create made no file");
    system_bench::expect_error(one.s.open(one.dir, "f", {.directory = true}), std::errc::not_a_directory,
                               "opening a file as a directory");
  }

  static void symbolic_links(system_bench& one) {
    (void)one.file("f");
    one.s.make_directory(one.dir, "d", 0755).value();
    one.s.make_symlink("f", one.dir, "link").value();
    one.s.make_symlink("d", one.dir, "dlink").value();
    one.s.make_symlink("nowhere", one.dir, "dangling").value();
    expect(one.type("link") == node::symlink && one.type("dangling") == node::symlink, "status followed one");
    expect(!one.s.open(one.dir, "link", {}), "open followed one");
    expect(!one.s.open(one.dir, "dlink", {.directory = true}), "open followed one to a directory");
    const auto beneath = one.s.open_beneath(one.dir, "dlink/x", {});
    expect(!beneath, "open_beneath followed one");
    expect(!one.s.open(one.dir, "dangling", {.access = access::read_write, .create = true}) &&
               one.type("nowhere") == node::none,
           "open created what one leads to");
    expect(one.s.read_symlink(one.dir, "link").value() == "f", "read_symlink gave something else");
    expect(static_cast<bool>(one.s.open(one.dir, "link", {.access = access::path})), "one cannot be held");
  }

  static void beneath(system_bench& one) {
    one.s.make_directory(one.dir, "d", 0755).value();
    const auto d = one.s.open(one.dir, "d", {.directory = true}).value();
    one.s.make_directory(d, "e", 0755).value();
    const auto opened = one.s.open_beneath(one.dir, "d/e", {.directory = true});
    if (!opened && opened.error() == std::errc::function_not_supported) {
      throw conformance_report::skip("it says ENOSYS, and is walked instead");
    }
    expect(one.s.status(opened.value()).value().inode == one.s.status(d, "e").value().inode,
           "it opened something else");
    expect(!one.s.open_beneath(one.dir, "..", {.directory = true}), "it left the directory");
    expect(!one.s.open_beneath(one.dir, "d/../../x", {}), "it left the directory on the way");
  }

  static void renaming(system_bench& one) {
    (void)one.file("a", "a");
    (void)one.file("b", "b");
    system_bench::expect_error(one.s.rename(one.dir, "a", one.dir, "b", how::keep), std::errc::file_exists,
                               "a rename that keeps what is there");
    expect(one.content("a") == "a" && one.content("b") == "b", "the refused rename changed something");
    const auto swapped = one.s.rename(one.dir, "a", one.dir, "b", how::exchange);
    if (swapped) {
      expect(one.content("a") == "b" && one.content("b") == "a", "the exchange did something else");
      one.s.rename(one.dir, "a", one.dir, "b", how::exchange).value();
    } else {
      expect(swapped.error() == std::errc::invalid_argument, "exchange: " + swapped.error().message());
    }
    one.s.rename(one.dir, "a", one.dir, "b", how::replace).value();
    expect(one.content("b") == "a" && one.type("a") == node::none, "replacing did something else");
    system_bench::expect_error(one.s.rename(one.dir, "a", one.dir, "c", how::replace),
                               std::errc::no_such_file_or_directory, "renaming what is not there");
  }

  static void linking(system_bench& one) {
    (void)one.file("a");
    one.s.link(one.dir, "a", one.dir, "b").value();
    const auto a = one.s.status(one.dir, "a").value();
    const auto b = one.s.status(one.dir, "b").value();
    expect(a.inode == b.inode && a.links == 2 && b.links == 2, "it is another one, or is not counted");
    system_bench::expect_error(one.s.link(one.dir, "a", one.dir, "b"), std::errc::file_exists, "linking over a file");
    one.s.remove_file(one.dir, "a").value();
    expect(one.content("b") == "content", "it went with the other name");
  }

  static void outliving_names(system_bench& one) {
    const auto file = one.file("a");
    one.s.remove_file(one.dir, "a").value();
    expect(commitpoint::files::read_whole(one.s, file, 100).value() == "content", "the content is gone");
    expect(one.s.status(file).value().links == 0, "it still counts a name");
  }

  static void directories(system_bench& one) {
    one.s.make_directory(one.dir, "d", 0755).value();
    system_bench::expect_error(one.s.make_directory(one.dir, "d", 0755), std::errc::file_exists, "making it again");
    (void)one.file(".hidden");
    for (int i = 0; i < 300; ++i) (void)one.file("f" + std::to_string(i), "");
    expect(one.names().size() == 302 && one.names() == one.names(), "the list is not complete");
    expect(one.names().front() == ".hidden", "the list has '.' in it, or misses a hidden name");
    const auto d = one.s.open(one.dir, "d", {.directory = true}).value();
    one.s.make_directory(d, "e", 0755).value();
    expect(!one.s.remove_directory(one.dir, "d"), "a directory that is not empty was removed");
    expect(!one.s.remove_file(one.dir, "d"), "remove_file removed a directory");
    one.s.remove_directory(d, "e").value();
    one.s.remove_directory(one.dir, "d").value();
    expect(one.type("d") == node::none, "it is still there");
  }

  static void metadata(system_bench& one) {
    const auto file = one.file("a");
    one.s.set_mode(file, 0604).value();
    one.s.set_modified(one.dir, "a", 1'234'567'890'123'456'789).value();
    const auto there = one.s.status(one.dir, "a").value();
    expect(there.mode == 0604, "the mode is another one");
    expect(there.modified == 1'234'567'890'123'456'789, "the time is another one");
    one.s.set_owner(one.dir, "a", there.user, there.group).value();
    one.s.make_symlink("a", one.dir, "link").value();
    one.s.set_modified(one.dir, "link", 5).value();
    expect(one.s.status(one.dir, "a").value().modified == 1'234'567'890'123'456'789,
           "a link's time went to its target");
  }

  static void write_times(system_bench& one) {
    const auto file = one.file("a");
    one.s.set_modified(one.dir, "a", 5).value();
    one.s.write(file, 0, std::span<const char>(std::string_view("x"))).value();
    expect(one.s.status(one.dir, "a").value().modified != 5, "it is as before");
  }

  static void syncs(system_bench& one) {
    const auto file = one.file("a");
    one.s.sync(file).value();
    one.s.sync_data(file).value();
    one.s.sync(one.dir).value();
    one.s.sync_filesystem(one.dir).value();
  }

  static void locks(system_bench& one) {
    (void)one.file("lock");
    const auto open = [&] { return one.s.open(one.dir, "lock", {.access = access::read_write}).value(); };
    const auto first = open();
    expect(one.s.lock(first, system::lock_mode::exclusive, true).value(), "a free lock was not given");
    {
      const auto second = open();
      expect(!one.s.lock(second, system::lock_mode::exclusive, false).value(), "two have it exclusively");
      expect(!one.s.lock(second, system::lock_mode::shared, false).value(), "one shares what another has exclusively");
    }
    expect(!one.s.lock(open(), system::lock_mode::exclusive, false).value(), "closing another handle gave it back");
    one.s.unlock(first).value();
    const auto second = open();
    const auto third = open();
    expect(one.s.lock(second, system::lock_mode::shared, false).value() &&
               one.s.lock(third, system::lock_mode::shared, false).value(),
           "it cannot be shared after it was given back");
    expect(!one.s.lock(first, system::lock_mode::exclusive, false).value(), "one has what others share");
  }

  static void closed_locks(system_bench& one) {
    (void)one.file("lock");
    auto first = one.s.open(one.dir, "lock", {.access = access::read_write}).value();
    expect(one.s.lock(first, system::lock_mode::exclusive, true).value(), "a free lock was not given");
    const auto second = one.s.open(one.dir, "lock", {.access = access::read_write}).value();
    std::atomic<bool> got{false};
    std::thread waiting([&] {
      const auto locked = one.s.lock(second, system::lock_mode::exclusive, true);
      got = locked && locked.value();
    });
    { const auto closed = std::move(first); }
    waiting.join();
    expect(got, "waiting for it failed");
  }

  static void data(system_bench& one) {
    const auto file = one.file("a", "12345");
    const auto data = one.s.next_data(file, 0).value();
    expect(data && data->begin == 0 && data->end >= 5, "it is not where it was written");
    expect(!one.s.next_data(file, 1 << 20).value(), "there is some behind the end");
  }

  static void clocks(system_bench& one) {
    const auto steady = one.s.steady_now();
    const auto now = one.s.now();
    one.s.pause(std::chrono::milliseconds(1));
    expect(one.s.steady_now() > steady, "the steady clock stands");
    expect(one.s.now() >= now, "the clock went back");
    expect(one.s.random() != one.s.random(), "two random numbers are the same");
    expect(one.s.process() == one.s.process(), "the process has two numbers");
  }

  static void fresh_times(system_bench& one) {
    const auto before = one.s.now();
    (void)one.file("a");
    expect(one.s.status(one.dir, "a").value().modified >= before, "it is older");
  }
};

struct system_check {
  const char* name;
  void (*body)(system_bench&);
};

inline constexpr system_check all_system_checks[] = {
    {"a handle is false when it holds nothing", &system_checks::empty_handles},
    {"a missing name is of type none", &system_checks::missing_names},
    {"bytes are read as they were written, at any offset", &system_checks::bytes},
    {"ranges and whole files are copied, or refused", &system_checks::copies},
    {"open makes what it is told to make", &system_checks::opening},
    {"no symbolic link is followed", &system_checks::symbolic_links},
    {"open_beneath reaches what is beneath, and nothing else", &system_checks::beneath},
    {"rename replaces, keeps or exchanges", &system_checks::renaming},
    {"a link is the same file", &system_checks::linking},
    {"a handle outlives the name", &system_checks::outliving_names},
    {"directories are made, listed and removed", &system_checks::directories},
    {"mode and time are set, to the nanosecond", &system_checks::metadata},
    {"a write changes the modification time", &system_checks::write_times},
    {"syncs succeed", &system_checks::syncs},
    {"a lock excludes other handles, and is given back", &system_checks::locks},
    {"a closed handle gives its lock back, and who waits gets it", &system_checks::closed_locks},
    {"data is found in every file", &system_checks::data},
    {"the clocks go on, and numbers differ", &system_checks::clocks},
    {"what was just written is not older than the clock said before", &system_checks::fresh_times},
};

}  // namespace detail

COMMITPOINT_INLINE conformance_report check_system(system::door& system, const std::string& where) {
  conformance_report report;
  for (const auto& one : detail::all_system_checks) {
    report.check(one.name, [&] {
      detail::system_bench bench(system, where);
      one.body(bench);
    });
  }
  return report;
}

}  // namespace commitpoint::testing
