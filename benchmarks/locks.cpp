#include "adds.hpp"
#include "children.hpp"
#include "measured.hpp"
#include "mutations.hpp"
#include "raw_calls.hpp"

#include <sched.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <new>
#include <stdexcept>
#include <vector>

namespace benchmarks {

namespace {

constexpr int turns = 100;

// What several processes see of each other.
struct shared_counts {
  std::atomic<int> ready{0};
  std::atomic<int> last{-1};
  std::atomic<int> handed_over{0};
  std::atomic<int> ended{0};
  std::atomic<std::int64_t> released{0};
  std::atomic<std::int64_t> nanoseconds{0};
  std::atomic<std::uint64_t> reads{0};
};

class shared_memory {
 public:
  shared_memory() {
    void* place = ::mmap(nullptr, sizeof(shared_counts), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    check(place == MAP_FAILED ? -1 : 0, "mmap");
    counts_ = new (place) shared_counts;
  }
  shared_memory(const shared_memory&) = delete;
  shared_memory& operator=(const shared_memory&) = delete;
  ~shared_memory() { ::munmap(counts_, sizeof(shared_counts)); }
  shared_counts* operator->() const noexcept { return counts_; }

 private:
  shared_counts* counts_;
};

cp::coordinator<> settled() {
  auto where = cp::coordinator<>::open(tree::holding(0).root()).value();
  where.acquire().value().release().value();
  return where;
}

measured time_alone(bool shared) {
  auto where = settled();
  const stopwatch watch;
  for (int i = 0; i < turns; ++i) {
    if (shared) {
      static_cast<void>(where.read().value());
    } else {
      where.acquire().value().release().value();
    }
  }
  return {watch.seconds() / turns};
}

// Two processes that want the lock all the time, and may get it several times in a row.
measured time_competing() {
  static_cast<void>(tree::holding(0));  // made by one of them
  const shared_memory counts;
  const auto compete = [&](int number) {
    auto where = settled();
    counts->ready += 1;
    while (counts->ready < 2) ::usleep(100);
    for (int i = 0; i < turns; ++i) {
      auto owner = where.acquire().value();
      if (counts->last.exchange(number) == 1 - number) counts->handed_over += 1;
      owner.release().value();
    }
  };
  forked other([&] { compete(1); });
  while (counts->ready < 1) ::usleep(100);
  const stopwatch watch;
  compete(0);
  if (other.wait() != 0) throw std::runtime_error("the other process failed");
  const auto seconds = watch.seconds();
  const auto changes_of_hands = static_cast<double>(counts->handed_over);
  return {seconds / (2 * turns), {{"of 200 after the other one, acquires", changes_of_hands}}};
}

std::int64_t now() { return std::chrono::steady_clock::now().time_since_epoch().count(); }

// Two processes, of which one always waits for the lock: from the release of the other to its acquire.
measured time_hand_over() {
  static_cast<void>(tree::holding(0));
  const shared_memory counts;
  const auto take_turns = [&](int number) {
    auto where = settled();
    counts->ready += 1;
    while (counts->ready < 2) ::usleep(100);
    for (int i = 0; i < turns; ++i) {
      auto owner = where.acquire().value();
      const bool is_handed_over = counts->last.exchange(number) == 1 - number;
      if (is_handed_over) {
        counts->handed_over += 1;
        counts->nanoseconds += now() - counts->released;
      }
      ::usleep(500);  // until the other one waits
      counts->released = now();
      owner.release().value();
      while (i + 1 < turns && counts->last == number && counts->ended == 0) ::sched_yield();
    }
    counts->ended += 1;
  };
  forked other([&] { take_turns(1); });
  take_turns(0);
  if (other.wait() != 0) throw std::runtime_error("the other process failed");
  const auto nanoseconds = static_cast<double>(counts->nanoseconds);
  return {1e-9 * nanoseconds / static_cast<double>(counts->handed_over)};
}

// Sessions of a writer while so many processes read the index over and over.
measured time_beside_readers(int readers) {
  constexpr std::size_t sessions = 10;
  auto& t = tree::holding(0);
  auto where = settled();
  const shared_memory counts;
  std::vector<std::unique_ptr<forked>> all;
  for (int i = 0; i < readers; ++i) {
    all.push_back(std::make_unique<forked>([&] {
      auto mine = cp::coordinator<>::open(t.root()).value();
      for (counts->ready += 1;; counts->reads += 1) mine.read().value().read(index_file).value();
    }));
  }
  while (counts->ready < readers) ::usleep(100);
  counts->reads = 0;
  const auto adds = t.next_adds(sessions);
  const stopwatch watch;
  for (const auto& add : adds) {
    auto owner = where.acquire().value();
    add_staged(owner, add, ending::committed);
    owner.release().value();
  }
  const auto seconds = watch.seconds();
  const auto reads = static_cast<double>(counts->reads);
  all.clear();  // which ends them
  t.forget_adds();
  measured found{seconds / static_cast<double>(sessions)};
  if (readers != 0) found.others["reads beside it, in a second"] = reads / seconds;
  return found;
}

}  // namespace

void register_locks() {
  register_measured("acquire and release, nobody else", 1, [] { return time_alone(false); });
  register_measured("read lock, nobody else", 1, [] { return time_alone(true); });
  register_measured("acquire and release, two processes at once", 1, time_competing);
  register_measured("hand-over to a process that waits", 1, time_hand_over);
  for (const int readers : {0, 1, 2}) {
    register_measured(name_at("session beside readers", "readers", static_cast<std::size_t>(readers)), 1,
                      [readers] { return time_beside_readers(readers); });
  }
}

}  // namespace benchmarks
