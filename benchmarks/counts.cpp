#include "counts.hpp"

#include "by_hand.hpp"
#include "mutations.hpp"
#include "track_new.hpp"

#include <commitpoint/files/stamps.hpp>
#include <commitpoint/system/faulty.hpp>

#include <chrono>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace benchmarks {

namespace {

using cp::system::call_counts;
using counting_system = cp::system::faulty<cp::system::native>;
using counting_coordinator = cp::coordinator<counting_system>;

using counted = std::vector<std::pair<std::string, call_counts>>;

// The second add of one owner.
template <class Add>
call_counts count_add(Add add) {
  auto& t = tree::holding(0);
  counting_system system;
  auto coordinator = counting_coordinator::open(t.root(), {}, system).value();
  const auto adds = t.next_adds(2);
  auto owner = coordinator.acquire().value();
  add(owner, adds[0]);
  system.reset_counts();
  add(owner, adds[1]);
  return system.counts();
}

// Whoever gives a tree back vouches for its state directory when that has been as it is for some ticks of the clock.
void let_state_directory_settle() {
  const auto end = std::chrono::steady_clock::now() + std::chrono::nanoseconds(2 * cp::files::clock_tick);
  while (std::chrono::steady_clock::now() < end) {}
}

// From acquiring to releasing.
call_counts count_with_owner() {
  auto& t = tree::holding(0);
  counting_system system;
  auto coordinator = counting_coordinator::open(t.root(), {}, system).value();
  const auto adds = t.next_adds(3);
  for (const auto& all : adds) {
    let_state_directory_settle();
    system.reset_counts();
    auto owner = coordinator.acquire().value();
    add_staged(owner, all, ending::committed);
    owner.release().value();
  }
  return system.counts();
}

call_counts count_tracking(std::size_t at_once) {
  counting_system system;
  auto owner = counting_coordinator::open(tree::holding(0).root(), {}, system).value().acquire().value();
  call_counts found;
  track_many(owner, 1'000, at_once, [&](const auto& track) {
    system.reset_counts();
    track();
    found = system.counts();
  });
  return found;
}

template <class Protocol>
call_counts count_by_hand(Protocol&& protocol) {
  const auto adds = tree::holding(0).next_adds(2);
  protocol.add(adds[0]);
  protocol.calls().reset_counts();
  protocol.add(adds[1]);
  return protocol.calls().counts();
}

counted count_all() {
  using barrier = floor_protocol::barrier;
  const auto& root = tree::holding(0).root();
  const auto add = [](auto kind, ending end) {
    return count_add([kind, end](auto& owner, const changes& all) { kind(owner, all, end); });
  };
  const auto staged = [](auto& owner, const changes& all, ending end) { add_staged(owner, all, end); };
  const auto in_place = [](auto& owner, const changes& all, ending end) { add_in_place(owner, all, end); };
  return {
      {"floor", count_by_hand(floor_protocol(root, barrier::filesystem))},
      {"staged", add(staged, ending::committed)},
      {"staged, owner of its own", count_with_owner()},
      {"staged, failed", add(staged, ending::failed)},
      {"in place", add(in_place, ending::committed)},
      {"in place, failed", add(in_place, ending::failed)},
      {"floor, fsync of each", count_by_hand(floor_protocol(root, barrier::each_file))},
      {"file by file", count_by_hand(file_by_file(root, false))},
      {"file by file, durable", count_by_hand(file_by_file(root, true))},
      {"track_new, 1 call of 1,000", count_tracking(1'000)},
      {"track_new, 1,000 calls", count_tracking(1)},
  };
}

void print_totals(std::ostream& out, const counted& all) {
  out << "| one | calls | of them changing | syncs | bytes written |\n| --- | ---: | ---: | ---: | ---: |\n";
  for (const auto& [name, c] : all) {
    out << "| " << name << " | " << c.total << " | " << c.changes << " | " << c.syncs() << " | " << c.bytes_written
        << " |\n";
  }
}

void print_by_call(std::ostream& out, const counted& all, std::size_t columns) {
  out << "| call |";
  for (std::size_t i = 0; i < columns; ++i) out << ' ' << all[i].first << " |";
  out << "\n| --- |";
  for (std::size_t i = 0; i < columns; ++i) out << " ---: |";
  out << '\n';
  for (std::size_t k = 0; k < cp::system::call_names.size(); ++k) {
    std::uint64_t any = 0;
    for (std::size_t i = 0; i < columns; ++i) any += all[i].second.by_call[k];
    if (any == 0) continue;
    out << "| " << cp::system::call_names[k] << " |";
    for (std::size_t i = 0; i < columns; ++i) out << ' ' << all[i].second.by_call[k] << " |";
    out << '\n';
  }
}

}  // namespace

void print_counts(std::ostream& out) {
  const auto all = count_all();
  tree::holding(0).forget_adds();
  print_totals(out, all);
  out << '\n';
  print_by_call(out, all, 6);
}

}  // namespace benchmarks
