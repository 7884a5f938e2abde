// In a program of its own, because it replaces operator new: each allocation of a whole use of a root fails once, and
// then, from each on, all of them. What comes of it is an exception or a failure; never the end of the process, and
// never a tree in between.

#include "support/process.hpp"
#include "support/tree.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <doctest/doctest.h>

#include <sqlite3.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

std::atomic<long> until_failure{-1};  // allocations that still succeed; negative: all do
std::atomic<bool> fails_once{true};
std::atomic<bool> has_failed{false};

bool fails_now() noexcept {
  if (until_failure.load(std::memory_order_relaxed) < 0) return false;
  if (until_failure.load() == 0) {  // from there on
    has_failed = true;
    return true;
  }
  if (until_failure.fetch_sub(1) != 1) return false;
  if (fails_once) until_failure = -1;
  has_failed = true;
  return true;
}

void* try_to_allocate(std::size_t size) noexcept { return fails_now() ? nullptr : std::malloc(size == 0 ? 1 : size); }

void* allocate(std::size_t size) {
  if (void* const got = try_to_allocate(size)) return got;
  throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept { return try_to_allocate(size); }
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept { return try_to_allocate(size); }
void operator delete(void* of) noexcept { std::free(of); }
void operator delete[](void* of) noexcept { std::free(of); }
void operator delete(void* of, std::size_t) noexcept { std::free(of); }
void operator delete[](void* of, std::size_t) noexcept { std::free(of); }

namespace {

namespace cp = commitpoint;
using cp::touch;
using support::place;
using support::shape;
using support::tree;
using support::write_file;

// What happens in a root. `says_done` is what the program heard: then the new tree has to be there.
struct scene {
  tree before;
  tree after;
  bool undone = false;                               // it never becomes the new tree
  std::function<void(const cp::path&)> crash = {};   // what a process before left
  std::function<bool(const cp::path&)> use;          // gives whether it succeeded
  std::function<std::string(const cp::path&)> look;  // an acquire with memory enough: what is wrong
};

template <class... Policies>
std::string settle(const cp::path& root) {
  auto kb = cp::coordinator<Policies...>::open(root);
  if (!kb) return kb.error().message();
  auto owner = kb.value().acquire();
  if (!owner) return owner.error().message();
  const auto more = owner.value().run({}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(m.write("more", "x"));
    return m.remove("more");
  });
  if (!more) return more.error().message();
  const auto purged = owner.value().purge_kept();
  return purged ? "" : purged.error().message();
}

// One use, whose nth allocation fails. Gives what went wrong.
std::string use_once(const scene& s, long nth, bool once) {
  const place p(s.before);
  if (s.crash) s.crash(p.root());
  bool done = false;
  std::string thrown;
  fails_once = once;
  has_failed = false;
  until_failure = nth;
  try {
    done = s.use(p.root());
  } catch (const std::bad_alloc&) {
  } catch (const std::exception& e) {
    until_failure = -1;
    thrown = e.what();
  }
  until_failure = -1;
  if (!thrown.empty()) return "it threw " + thrown;
  if (auto wrong = s.look(p.root()); !wrong.empty()) return wrong;
  auto now = shape(p.root());
  std::erase_if(now, [](const auto& entry) { return entry.first.starts_with("reg.db"); });
  const bool is_old = now == s.before;
  const bool is_new = now == s.after;
  if (!is_old && !is_new) {
    std::string all = "the tree is in between:";
    for (const auto& [name, content] : now) all += " " + name + "=" + content;
    return all;
  }
  if (done && !is_new) return "it succeeded, and is not there";
  if (s.undone && !is_old) return "it was to be undone, and is there";
  std::string left;
  for (const auto& name : support::leftovers(p.root())) left += " " + name;
  return left.empty() ? "" : "left in the state directory:" + left;
}

// Each allocation in turn, in children: one that ends by a signal is one that ended the process.
void expect_no_end(const scene& s, bool once) {
  auto* const progress =
      static_cast<long*>(::mmap(nullptr, 2 * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  REQUIRE(progress != MAP_FAILED);
  progress[0] = 1;
  int ended = 0;
  for (progress[1] = 0; progress[1] == 0 && ended < 20; ++progress[0]) {
    support::child all([&]() -> std::string {
      std::string wrong;
      for (; wrong.empty(); ++progress[0]) {
        wrong = use_once(s, progress[0], once);
        if (!has_failed) {
          progress[1] = 1;
          break;
        }
      }
      return wrong;
    });
    const auto wrong = all.answer();
    if (wrong.empty()) continue;
    ++ended;
    CHECK_MESSAGE(wrong.empty(), "allocation ", progress[0], std::string(once ? "" : " and all after it"), ": ", wrong);
  }
  CHECK(progress[0] > 100);
  ::munmap(progress, 2 * sizeof(long));
}
void expect_no_end(const scene& s) {
  expect_no_end(s, true);
  expect_no_end(s, false);
}

// A process that is killed in its body, or at a step.
template <class... Policies>
void die_in_body(const cp::path& root, const cp::plan& what, const std::function<void(const cp::path&)>& deed) {
  support::child crashed([&]() -> std::string {
    auto owner = cp::coordinator<Policies...>::open(root).value().acquire().value();
    (void)owner.run(what, [&](cp::mutation&) -> cp::result<void> {
      deed(root);
      ::kill(::getpid(), SIGKILL);
      return cp::success();
    });
    return "it lived";
  });
  REQUIRE(crashed.was_killed());
}
struct killed_after_commit {
  void operator()(const cp::observe::event& e) const {
    if (e.at == cp::step::committed) ::kill(::getpid(), SIGKILL);
  }
  using kind = cp::kind::observe;
};

const tree old_tree{{"a", "old a"}, {"b", "old b"}, {"d", "/"}, {"d/x", "x"}, {"gone", "gone"}, {"log", "1\n"}};
const tree new_tree{{"a", "new a"},    {"d", "/"}, {"d/x", "x"},    {"d/y", "y"},
                    {"log", "1\n2\n"}, {"n", "/"}, {"n/b", "old b"}};

cp::result<void> change(cp::mutation& m) {
  BOOST_OUTCOME_TRYV(m.write("a", "new a"));
  BOOST_OUTCOME_TRYV(m.append("log", "2\n"));
  BOOST_OUTCOME_TRYV(m.create_directories("n"));
  BOOST_OUTCOME_TRYV(m.rename("b", "n/b"));
  BOOST_OUTCOME_TRYV(m.remove("gone"));
  (void)m.savepoint([](cp::mutation& inner) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(inner.write("a", "undone"));
    BOOST_OUTCOME_TRYV(inner.protect(touch::file("d/x")));
    return std::make_error_code(std::errc::owner_dead);
  });
  return m.savepoint([](cp::mutation& inner) { return inner.write("d/y", "y"); });
}

void overwrite_all(const cp::path& root) {
  write_file(root / "a", "written in place");
  write_file(root / "d/x", "written in place");
  write_file(root / "d/new", "new");
  write_file(root / "log", "1\nmore");
}
const cp::plan in_place{.operation = "in place",
                        .touches = {touch::file("a"), touch::tree("d"), touch::appended("log")}};

template <class... Policies>
bool run_once(const cp::path& root, const cp::plan& what, const std::function<cp::result<void>(cp::mutation&)>& body) {
  auto kb = cp::coordinator<Policies...>::open(root);
  if (!kb) return false;
  auto owner = kb.value().acquire();
  if (!owner) return false;
  const auto done = owner.value().run(what, body);
  return done.has_value();  // its destructor releases
}

}  // namespace

TEST_CASE("A19: memory that runs out ends a mutation, and never the process: committed") {
  expect_no_end({.before = old_tree,
                 .after = new_tree,
                 .use = [](const auto& root) { return run_once<>(root, {.operation = "change"}, change); },
                 .look = settle<>});
}

TEST_CASE("A19: memory that runs out ends a mutation, and never the process: told to an observer") {
  // To all that there are.
  using everybody = cp::observe::all<cp::observe::json_lines, cp::observe::chrome_trace, cp::observe::statistics>;
  const scene told{
      .before = {{"a", "old"}},
      .after = {{"a", "new"}},
      .use =
          [](const auto& root) {
            std::string text;
            const auto write = [&text](std::string_view line) { text += line; };
            const cp::observe::statistics counts;
            auto kb = cp::coordinator<everybody>::open(
                root, {}, everybody(cp::observe::json_lines(write), cp::observe::chrome_trace(write), counts));
            if (!kb) return false;
            auto owner = kb.value().acquire();
            return owner && owner.value().run({}, [](cp::mutation& m) { return m.write("a", "new"); }).has_value();
          },
      .look = settle<>};
  expect_no_end(told, true);
}

TEST_CASE("A19: memory that runs out ends a mutation, and never the process: undone") {
  expect_no_end({.before = old_tree,
                 .after = old_tree,
                 .undone = true,
                 .use =
                     [](const auto& root) {
                       return run_once<>(root, in_place, [&](cp::mutation& m) -> cp::result<void> {
                         BOOST_OUTCOME_TRYV(m.will_create({"made"}));
                         const auto left = until_failure.exchange(-1);  // the tool has memory of its own
                         overwrite_all(root);
                         until_failure = left;
                         return std::make_error_code(std::errc::owner_dead);
                       });
                     },
                 .look = settle<>});
}

TEST_CASE("A19: memory that runs out ends a drain, and never the process: rolled back, finished, read") {
  const auto acquires = [](const auto& root) {
    auto kb = cp::coordinator<>::open(root);
    if (!kb) return false;
    auto owner = kb.value().acquire();
    return owner.has_value();
  };
  const auto reads = [](const auto& root) {
    auto kb = cp::coordinator<>::open(root);
    if (!kb) return false;
    auto reader = kb.value().read();
    return reader && reader.value().read("a").has_value();
  };
  const auto dies_in_body = [](const auto& root) { die_in_body<>(root, in_place, overwrite_all); };
  const auto dies_committed = [](const auto& root) {
    support::child crashed([&]() -> std::string {
      auto owner = cp::coordinator<killed_after_commit>::open(root).value().acquire().value();
      (void)owner.run({}, change);
      return "it lived";
    });
    REQUIRE(crashed.was_killed());
  };
  SUBCASE("rolled back") {
    expect_no_end({.before = old_tree,
                   .after = old_tree,
                   .undone = true,
                   .crash = dies_in_body,
                   .use = acquires,
                   .look = settle<>});
  }
  SUBCASE("finished") {
    expect_no_end({.before = old_tree, .after = new_tree, .crash = dies_committed, .use = acquires, .look = settle<>});
  }
  SUBCASE("read") {
    expect_no_end({.before = old_tree, .after = new_tree, .crash = dies_committed, .use = reads, .look = settle<>});
  }
}

TEST_CASE("A19: memory that runs out ends a transaction, and never the process: enlisted rows") {
  using sqlite = cp::journal::sqlite;
  const auto open = [](const cp::path& root) {
    return cp::coordinator<sqlite>::open(root, {}, sqlite{.database = "reg.db"});
  };
  const auto look = [open](const cp::path& root) -> std::string {
    auto kb = open(root);
    if (!kb) return kb.error().message();
    auto owner = kb.value().acquire();
    if (!owner) return owner.error().message();
    const bool has_file = support::is_there(root / "page");
    bool has_row = false;
    const auto done = owner.value().run({}, [&](auto& m) -> cp::result<void> {
      return m.enlist([&](sqlite3* db) -> cp::result<void> {
        sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS t(n)", nullptr, nullptr, nullptr);
        sqlite3_exec(
            db, "SELECT n FROM t WHERE n = 'page'",
            [](void* found, int, char**, char**) {
              *static_cast<bool*>(found) = true;
              return 0;
            },
            &has_row, nullptr);
        return cp::success();
      });
    });
    if (!done) return done.error().message();
    return has_row == has_file ? "" : "the row and the file differ";
  };
  expect_no_end({.before = {{"a", "a"}},
                 .after = {{"a", "a"}, {"page", "page"}},
                 .use =
                     [open](const cp::path& root) {
                       auto kb = open(root);
                       if (!kb) return false;
                       auto owner = kb.value().acquire();
                       if (!owner) return false;
                       const auto done = owner.value().run({}, [&](auto& m) -> cp::result<void> {
                         BOOST_OUTCOME_TRYV(m.write("page", "page"));
                         return m.enlist([](sqlite3* db) -> cp::result<void> {
                           sqlite3_exec(db, "CREATE TABLE IF NOT EXISTS t(n)", nullptr, nullptr, nullptr);
                           sqlite3_exec(db, "INSERT INTO t VALUES('page')", nullptr, nullptr, nullptr);
                           return cp::success();
                         });
                       });
                       return done.has_value();
                     },
                 .look = look});
}

TEST_CASE("A19: memory that runs out ends prepare, and never the process") {
  tree after;
  for (int i = 0; i < 4; ++i) after.emplace("f" + std::to_string(i), "made");
  const std::vector<int> inputs{0, 1, 2, 3};
  expect_no_end({.before = {},
                 .after = after,
                 .use =
                     [&inputs](const cp::path& root) {
                       auto kb = cp::coordinator<>::open(root);
                       if (!kb) return false;
                       const auto done = cp::prepare(
                           kb.value(), {.jobs = 2, .window = 4, .batch = 4}, inputs,
                           [](const int&, cp::lease& out) { return out.write("out", "made"); },
                           [](cp::mutation& m, const int& n, cp::path&& made) {
                             return m.publish(made, "f" + std::to_string(n));
                           });
                       return done.complete();
                     },
                 .look = [](const cp::path& root) -> std::string {
                   auto wrong = settle<>(root);
                   if (!wrong.empty() || shape(root).size() == 4) return wrong;
                   // An input that failed is one of a batch: the others may be there.
                   for (int i = 0; i < 4; ++i) (void)::unlink((root / ("f" + std::to_string(i))).c_str());
                   return "";
                 }});
}
