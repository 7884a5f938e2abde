#include "counts.hpp"

#include "by_hand.hpp"
#include "measured.hpp"
#include "mutations.hpp"
#include "track_new.hpp"

#include <commitpoint/files/stamps.hpp>
#include <commitpoint/system/faulty.hpp>

#include <nlohmann/json.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace benchmarks {

namespace {

using cp::system::call_counts;
using nlohmann::json;
using counting_system = cp::system::faulty<cp::system::native>;
using counting_coordinator = cp::coordinator<counting_system>;

using counted = std::vector<std::pair<std::string, call_counts>>;

// The second add of one owner.
template <class Add>
call_counts count_add(std::size_t n, Add add) {
  auto& t = tree::holding(n);
  counting_system system;
  auto coordinator = counting_coordinator::open(t.root(), {}, system).value();
  const auto adds = t.next_adds(2);
  auto owner = coordinator.acquire().value();
  add(owner, adds[0]);
  t.make_old(adds);
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
call_counts count_session(std::size_t n) {
  auto& t = tree::holding(n);
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

counted count_all(const std::vector<std::size_t>& sizes) {
  using barrier = floor_protocol::barrier;
  const auto& root = tree::holding(0).root();
  const auto add = [](std::size_t n, auto kind, ending end) {
    return count_add(n, [kind, end](auto& owner, const changes& all) { kind(owner, all, end); });
  };
  const auto staged = [](auto& owner, const changes& all, ending end) { add_staged(owner, all, end); };
  const auto in_place = [](auto& owner, const changes& all, ending end) { add_in_place(owner, all, end); };
  counted all{
      {"floor", count_by_hand(floor_protocol(root, barrier::filesystem))},
      {"floor, last barrier",
       count_by_hand(floor_protocol(root, barrier::filesystem, floor_protocol::end::last_barrier))},
      {"floor, fsync of each", count_by_hand(floor_protocol(root, barrier::each_file))},
      {"file by file", count_by_hand(file_by_file(root, false))},
      {"file by file, durable", count_by_hand(file_by_file(root, true))},
      {"staged, failed", add(0, staged, ending::failed)},
      {"in place, failed", add(0, in_place, ending::failed)},
      {"track_new, 1 call of 1,000", count_tracking(1'000)},
      {"track_new, 1,000 calls", count_tracking(1)},
  };
  auto every = sizes;
  every.insert(every.begin(), 0);
  for (const auto n : every) {
    all.emplace_back(name_at("staged", "N", n), add(n, staged, ending::committed));
    all.emplace_back(name_at("session", "N", n), count_session(n));
    all.emplace_back(name_at("in place", "N", n), add(n, in_place, ending::committed));
  }
  return all;
}

json by_kind(const call_counts& c) {
  auto all = json::object();
  for (std::size_t k = 0; k < cp::system::call_names.size(); ++k) {
    if (c.by_call[k] != 0) all[std::string(cp::system::call_names[k])] = c.by_call[k];
  }
  return all;
}

}  // namespace

nlohmann::json counts_of_adds(const std::vector<std::size_t>& sizes) {
  auto all = json::array();
  for (const auto& [name, c] : count_all(sizes)) {
    all.push_back({{"name", name},
                   {"calls", c.total},
                   {"changing", c.changes},
                   {"syncs", c.syncs()},
                   {"bytes", c.bytes_written},
                   {"by kind", by_kind(c)}});
  }
  tree::holding(0).forget_adds();
  for (const auto n : sizes) tree::holding(n).forget_adds();
  return all;
}

}  // namespace benchmarks
