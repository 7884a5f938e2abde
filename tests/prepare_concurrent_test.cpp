#include "support/tree.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>
#include <commitpoint/system/faulty.hpp>

#include <doctest/doctest.h>

#include <sqlite3.h>

#include <atomic>
#include <cstddef>
#include <future>
#include <iterator>
#include <latch>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace {

namespace cp = commitpoint;
using support::place;
using support::read_file;
using support::shape;

using faulty = cp::system::faulty<cp::system::native>;
using coordinator = cp::coordinator<cp::durability::process_crash, faulty>;

// A root with a coordinator; the system is kept for those who want it to fail.
struct fixture {
  place root;
  faulty system;
  coordinator kb = coordinator::open(root.root(), {}, system).value();

  [[nodiscard]] std::string log() const { return support::is_there(root / "log") ? read_file(root / "log") : ""; }
  [[nodiscard]] bool nothing_left() const { return support::leftovers(root.root()).empty(); }
};

// What is adopted, and something that counts how many there are.
struct made {
  cp::path file;
  std::shared_ptr<int> token = {};
};

cp::result<made> make(const int& n, cp::lease& out) {
  BOOST_OUTCOME_TRY(auto file, out.write("out", std::to_string(n)));
  return made{std::move(file)};
}

cp::result<void> take(cp::mutation& m, const int& n, made&& result) {
  BOOST_OUTCOME_TRYV(m.publish(result.file, "file" + std::to_string(n)));
  return m.append("log", std::to_string(n) + ",");
}

std::vector<int> numbers(int count) {
  std::vector<int> all(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) all[static_cast<std::size_t>(i)] = i;
  return all;
}

// Numbers that are made one by one, by `make(0)`, `make(1)` ...; they can be passed once.
template <class F>
class made_numbers {
 public:
  made_numbers(int count, F make) : count_(count), make_(std::move(make)) {}

  struct iterator {
    using value_type = int;
    using difference_type = std::ptrdiff_t;
    made_numbers* of = nullptr;
    int at = 0;
    int operator*() const { return of->make_(at); }
    iterator& operator++() {
      ++at;
      return *this;
    }
    void operator++(int) { ++at; }
    bool operator==(std::default_sentinel_t) const { return at == of->count_; }
  };
  iterator begin() { return {this, 0}; }
  std::default_sentinel_t end() const { return {}; }

 private:
  int count_;
  F make_;
};

std::string joined(int from, int to) {
  std::string text;
  for (int i = from; i < to; ++i) text += std::to_string(i) + ",";
  return text;
}

}  // namespace

TEST_CASE("prepare commits everything in the order of the inputs, within the window") {
  fixture f;
  std::atomic<int> alive{0};
  std::atomic<int> most{0};
  const auto inputs = numbers(60);
  const auto done = cp::prepare(
      f.kb, {.jobs = 4, .window = 7, .operation = "add"}, inputs,
      [&](const int& n, cp::lease& out) -> cp::result<made> {
        const int now = ++alive;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {}
        auto one = make(n, out);
        if (one)
          one.value().token = std::shared_ptr<int>(new int(n), [&](int* p) {
            --alive;
            delete p;
          });
        return one;
      },
      take);
  CHECK(done.complete());
  CHECK(done.outcomes.size() == 60);
  CHECK(done.committed == 60);
  CHECK(done.commits == 60);
  CHECK(f.log() == joined(0, 60));
  CHECK(read_file(f.root / "file59") == "59");
  CHECK(most <= 7);
  CHECK(alive == 0);
  CHECK(f.nothing_left());
}

TEST_CASE("prepare: a slow input holds up those behind it, unless they are committed as they are completed") {
  fixture f;
  const auto inputs = numbers(6);
  std::latch all_others(5);
  auto how = cp::prepare_options{.jobs = 2, .window = 6};
  SUBCASE("in the order of the inputs") {
    how.order = cp::prepare_order::input;
    const auto done = cp::prepare(
        f.kb, how, inputs,
        [&](const int& n, cp::lease& out) {
          n == 0 ? all_others.wait() : all_others.count_down();
          return make(n, out);
        },
        take);
    CHECK(done.complete());
    CHECK(f.log() == joined(0, 6));
  }
  SUBCASE("as completed") {
    how.order = cp::prepare_order::completed;
    const auto done = cp::prepare(
        f.kb, how, inputs,
        [&](const int& n, cp::lease& out) {
          if (n == 0) all_others.wait();
          return make(n, out);
        },
        [&](cp::mutation& m, const int& n, made&& result) {
          if (n != 0) all_others.count_down();
          return take(m, n, std::move(result));
        });
    CHECK(done.complete());
    CHECK(f.log().ends_with(",0,"));
  }
}

TEST_CASE("prepare: an input that fails or throws while it is prepared or committed takes no other with it") {
  fixture f;
  const auto done = cp::prepare(
      f.kb, {.jobs = 3}, numbers(8),
      [](const int& n, cp::lease& out) -> cp::result<made> {
        if (n == 2) return cp::system_error(ENOTSUP);
        if (n == 3) throw std::runtime_error("no such thing");
        if (n == 4) throw std::bad_alloc();
        if (n == 5) throw std::system_error(std::make_error_code(std::errc::broken_pipe));
        return make(n, out);
      },
      [](cp::mutation& m, const int& n, made&& result) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(take(m, n, std::move(result)));
        if (n == 6) return cp::errc::drifted;
        return cp::success();
      });
  CHECK(done.committed == 3);
  CHECK(done.failed == 5);
  CHECK(done.cancelled == 0);
  CHECK_FALSE(done.stopped);
  CHECK_FALSE(done.complete());
  CHECK(done.outcomes[2].error() == std::errc::not_supported);
  CHECK(done.outcomes[3].error().explanation() == "no such thing");
  CHECK(done.outcomes[4].error() == std::errc::not_enough_memory);
  CHECK(done.outcomes[5].error() == std::errc::broken_pipe);
  CHECK(done.outcomes[6].error() == cp::errc::drifted);
  CHECK(f.log() == "0,1,7,");
  CHECK_FALSE(support::is_there(f.root / "file6"));
  CHECK(f.nothing_left());
}

TEST_CASE("prepare: a batch has one commit point, and an input that fails in it is undone alone") {
  fixture f;
  const auto done = cp::prepare(f.kb, {.jobs = 3, .batch = 4}, numbers(10), make,
                                [](cp::mutation& m, const int& n, made&& result) -> cp::result<void> {
                                  BOOST_OUTCOME_TRYV(take(m, n, std::move(result)));
                                  if (n == 2) return cp::errc::drifted;
                                  if (n == 9) return m.remove("no such file");
                                  return cp::success();
                                });
  CHECK(done.committed == 8);
  CHECK(done.failed == 2);
  CHECK(done.commits == 3);
  CHECK(done.outcomes[2].error() == cp::errc::drifted);
  CHECK(done.outcomes[9].error() == std::errc::no_such_file_or_directory);
  CHECK(f.log() == "0,1,3,4,5,6,7,8,");
  CHECK_FALSE(support::is_there(f.root / "file2"));
  CHECK(read_file(f.root / "file3") == "3");
  CHECK(f.nothing_left());
}

TEST_CASE("prepare: each input that was begun is told of when its batch is settled, without the lock") {
  fixture f;
  std::string told;
  cp::prepare_options how{.jobs = 3, .batch = 4};
  how.settled = [&](std::size_t index, const cp::result<void>& outcome) {
    told += std::to_string(index) + (outcome ? "," : "!,");
    const auto owner = f.kb.acquire();
    REQUIRE(owner);
    if (outcome) CHECK(support::is_there(f.root / ("file" + std::to_string(index))));
  };
  const auto fail_some = [](cp::mutation& m, const int& n, made&& result) -> cp::result<void> {
    BOOST_OUTCOME_TRYV(take(m, n, std::move(result)));
    if (n == 2) return cp::errc::drifted;
    return cp::success();
  };
  const auto done = cp::prepare(f.kb, how, numbers(10), make, fail_some);
  CHECK(done.committed == 9);
  CHECK(told == "0,1,2!,3,4,5,6,7,8,9,");
  how.settled = [](std::size_t, const cp::result<void>&) { throw std::runtime_error("enough"); };
  CHECK_THROWS_AS((void)cp::prepare(f.kb, how, numbers(1), make, fail_some), std::runtime_error);
  CHECK(f.nothing_left());
}

TEST_CASE("prepare: a batch that is stopped, or cannot be committed, is undone as a whole") {
  fixture f;
  REQUIRE(f.kb.acquire());
  SUBCASE("stopped in its middle") {
    std::stop_source stop;
    const auto done = cp::prepare(f.kb, {.jobs = 2, .batch = 4, .stop = stop.get_token()}, numbers(12), make,
                                  [&](cp::mutation& m, const int& n, made&& result) {
                                    if (n == 6) stop.request_stop();
                                    return take(m, n, std::move(result));
                                  });
    CHECK(done.committed == 4);
    CHECK(done.cancelled == 8);
    CHECK(done.failed == 0);
    CHECK(f.log() == joined(0, 4));
  }
  SUBCASE("a window that is smaller than the batch") {
    const auto done = cp::prepare(f.kb, {.jobs = 2, .window = 3, .batch = 64}, numbers(12), make, take);
    CHECK(done.committed == 12);
    CHECK(done.commits == 4);
    CHECK(f.log() == joined(0, 12));
  }
  SUBCASE("an exception") {
    const auto go = [&] {
      (void)cp::prepare(f.kb, {.jobs = 2, .batch = 4}, numbers(12), make,
                        [&](cp::mutation& m, const int& n, made&& result) -> cp::result<void> {
                          BOOST_OUTCOME_TRYV(take(m, n, std::move(result)));
                          if (n == 6) throw std::runtime_error("enough");
                          return cp::success();
                        });
    };
    CHECK_THROWS_AS(go(), std::runtime_error);
    CHECK(f.log() == joined(0, 4));
  }
  CHECK(f.nothing_left());
}

TEST_CASE("prepare: F31: rows that are enlisted in a batch commit with the files of their inputs, and no others") {
  const place p;
  using rows = cp::coordinator<cp::journal::sqlite, cp::durability::process_crash>;
  auto kb = rows::open(p.root(), {}, cp::journal::sqlite{.database = "registry.db"}).value();
  const auto done = cp::prepare(
      kb, {.jobs = 2, .batch = 3}, numbers(6), make, [](auto& m, const int& n, made&& result) -> cp::result<void> {
        BOOST_OUTCOME_TRYV(m.enlist([&](sqlite3* db) -> cp::result<void> {
          const auto text = "CREATE TABLE IF NOT EXISTS t(n); INSERT INTO t VALUES(" + std::to_string(n) + ")";
          if (sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
            return std::make_error_code(std::errc::io_error);
          return cp::success();
        }));
        BOOST_OUTCOME_TRYV(take(m, n, std::move(result)));
        if (n == 1) return cp::errc::drifted;
        return cp::success();
      });
  CHECK(done.committed == 5);
  CHECK(done.commits == 2);
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open((p / "registry.db").c_str(), &db) == SQLITE_OK);
  std::string found;
  sqlite3_exec(
      db, "SELECT n FROM t ORDER BY n",
      [](void* to, int, char** value, char**) {
        static_cast<std::string*>(to)->append(value[0]).append(",");
        return 0;
      },
      &found, nullptr);
  sqlite3_close(db);
  CHECK(found == "0,2,3,4,5,");
  CHECK(read_file(p / "log") == "0,2,3,4,5,");
}

TEST_CASE("prepare: an exception of commit_one is undone, and passed on after the workers have ended") {
  fixture f;
  std::atomic<int> running{0};
  const auto go = [&] {
    (void)cp::prepare(
        f.kb, {.jobs = 3, .window = 6}, numbers(50),
        [&](const int& n, cp::lease& out) {
          ++running;
          auto one = make(n, out);
          --running;
          return one;
        },
        [](cp::mutation& m, const int& n, made&& result) -> cp::result<void> {
          BOOST_OUTCOME_TRYV(take(m, n, std::move(result)));
          if (n == 4) throw std::runtime_error("enough");
          return cp::success();
        });
  };
  CHECK_THROWS_WITH_AS(go(), "enough", std::runtime_error);
  CHECK(running == 0);
  CHECK(f.log() == joined(0, 4));
  CHECK(f.nothing_left());
}

TEST_CASE("prepare: the stop token keeps what was committed and cancels the rest") {
  fixture f;
  std::stop_source stop;
  const auto done = cp::prepare(f.kb, {.jobs = 2, .window = 4, .stop = stop.get_token()}, numbers(30), make,
                                [&](cp::mutation& m, const int& n, made&& result) {
                                  if (n == 5) stop.request_stop();
                                  return take(m, n, std::move(result));
                                });
  CHECK(done.committed == 5);
  CHECK(done.cancelled == 25);
  CHECK(done.failed == 0);
  REQUIRE(done.stopped);
  CHECK(*done.stopped == cp::errc::cancelled);
  CHECK(f.log() == joined(0, 5));
  CHECK(f.nothing_left());

  const auto none = cp::prepare(f.kb, {.stop = stop.get_token()}, numbers(3), make, take);
  CHECK(none.cancelled == 3);
}

TEST_CASE("prepare: an owner that cannot go on ends it; the next acquire decides") {
  fixture f;
  REQUIRE(f.kb.acquire());
  const auto done = cp::prepare(f.kb, {.jobs = 2}, numbers(20), make,
                                [&](cp::mutation& m, const int& n, made&& result) -> cp::result<void> {
                                  BOOST_OUTCOME_TRYV(take(m, n, std::move(result)));
                                  if (n == 3) f.system.arm({.nth = 1, .only = cp::system::call::rename});
                                  return cp::success();
                                });
  f.system.disarm();
  REQUIRE(done.stopped);
  CHECK(done.committed == 3);
  CHECK(done.failed + done.cancelled == 17);
  if (done.failed == 1) CHECK(done.outcomes[3].error() == done.stopped->code);
  CHECK(done.stopped->outcome() != cp::outcome::rolled_back);
  REQUIRE(f.kb.acquire());
  CHECK(f.log() == joined(0, 4));  // it was unfinished
  CHECK(f.nothing_left());
}

TEST_CASE("prepare: the lock is given back between batches") {
  fixture f;
  std::promise<void> got_in;
  auto got = got_in.get_future().share();
  std::thread other;
  const auto done = cp::prepare(
      f.kb, {.jobs = 1, .window = 1}, numbers(4),
      [&](const int& n, cp::lease& out) {
        if (n == 3) got.wait();
        return make(n, out);
      },
      [&](cp::mutation& m, const int& n, made&& result) {
        if (n == 0) {
          other = std::thread([&] {
            auto owner = f.kb.acquire();
            if (owner) (void)owner.value().run({}, [](cp::mutation& inner) { return inner.write("other", "1"); });
            got_in.set_value();
          });
        }
        return take(m, n, std::move(result));
      });
  other.join();
  CHECK(done.complete());
  CHECK(read_file(f.root / "other") == "1");
}

TEST_CASE("prepare takes any input range, and copies no element that stays") {
  fixture f;
  SUBCASE("nothing") {
    const auto done = cp::prepare(f.kb, {}, std::vector<int>{}, make, take);
    CHECK(done.complete());
    CHECK(done.outcomes.empty());
  }
  SUBCASE("elements that are made on the way, once") {
    std::istringstream text("0 1 2 3 4");
    const auto read = [&](int) {
      int next = -1;
      text >> next;
      return next;
    };
    const auto done = cp::prepare(f.kb, {.jobs = 3}, made_numbers(5, read), make, take);
    CHECK(done.committed == 5);
    CHECK(f.log() == joined(0, 5));
  }
  SUBCASE("what such a range still holds when all is stopped is not counted") {
    std::stop_source stop;
    int made_so_far = 0;
    const auto count = [&](int n) {
      ++made_so_far;
      return n;
    };
    const auto done = cp::prepare(f.kb, {.jobs = 2, .window = 4, .stop = stop.get_token()}, made_numbers(1000, count),
                                  make, [&](cp::mutation& m, const int& n, made&& result) {
                                    if (n == 5) stop.request_stop();
                                    return take(m, n, std::move(result));
                                  });
    CHECK(done.committed == 5);
    CHECK(done.outcomes.size() == static_cast<std::size_t>(made_so_far));
    CHECK(made_so_far < 12);
  }
  SUBCASE("elements that cannot be copied") {
    std::vector<std::unique_ptr<int>> inputs;
    for (int i = 0; i < 5; ++i) inputs.push_back(std::make_unique<int>(i));
    const auto done = cp::prepare(
        f.kb, {.jobs = 3}, inputs, [](const std::unique_ptr<int>& n, cp::lease& out) { return make(*n, out); },
        [](cp::mutation& m, const std::unique_ptr<int>& n, made&& result) { return take(m, *n, std::move(result)); });
    CHECK(done.committed == 5);
    CHECK(f.log() == joined(0, 5));
  }
  SUBCASE("one that throws") {
    made_numbers inputs(10, [](int n) {
      if (n == 5) throw std::out_of_range("five");
      return n;
    });
    CHECK_THROWS_AS((void)cp::prepare(f.kb, {.jobs = 2}, inputs, make, take), std::out_of_range);
    CHECK(f.nothing_left());
  }
}

TEST_CASE("prepare: two at once on one coordinator, and none by a thread that has the lock") {
  fixture f;
  std::vector<int> others = numbers(40);
  others.erase(others.begin(), others.begin() + 20);
  std::thread other([&] { (void)cp::prepare(f.kb, {.jobs = 2}, others, make, take); });
  const auto done = cp::prepare(f.kb, {.jobs = 2}, numbers(20), make, take);
  other.join();
  CHECK(done.complete());
  CHECK(shape(f.root.root()).size() == 41);

  auto owner = f.kb.acquire();
  const auto refused = cp::prepare(f.kb, {.jobs = 2}, numbers(5), make, take);
  REQUIRE(refused.stopped);
  CHECK(*refused.stopped == cp::errc::would_deadlock);
  CHECK(refused.committed == 0);
  CHECK(refused.outcomes[0].error() == cp::errc::would_deadlock);
}
