#include "scenarios.hpp"

#include "mutations.hpp"
#include "track_new.hpp"

#include <commitpoint/files/stamps.hpp>

#include <sys/stat.h>

#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace budgets {

namespace {

namespace cp = commitpoint;
using benchmarks::add_in_place;
using benchmarks::add_staged;
using benchmarks::changes;
using benchmarks::ending;

constexpr int uncounted = 2;

using coordinator = cp::coordinator<counting_system>;
using unsynced_coordinator = cp::coordinator<counting_system, cp::durability::process_crash>;

// Renames reach its disk in order, whatever file system that is.
counting_system new_system() { return counting_system(cp::system::native({.ordered_metadata = true})); }

benchmarks::tree& tree() { return benchmarks::tree::holding(0); }

template <class Coordinator>
Coordinator open(counting_system& system) {
  return Coordinator::open(tree().root(), {}, system).value();
}

// One more add of an owner.
template <class Coordinator, class Add>
cost one_add(Add add) {
  auto system = new_system();
  auto owner = open<Coordinator>(system).acquire().value();
  for (const auto& all : tree().next_adds(uncounted)) add(owner, all);
  const auto last = tree().next_adds(1);
  tree().make_old(last);
  return counted(system, [&] { add(owner, last.front()); });
}

const auto staged = [](auto& owner, const changes& all) { add_staged(owner, all, ending::committed); };
const auto staged_failed = [](auto& owner, const changes& all) { add_staged(owner, all, ending::failed); };
const auto in_place = [](auto& owner, const changes& all) { add_in_place(owner, all, ending::committed); };
const auto in_place_failed = [](auto& owner, const changes& all) { add_in_place(owner, all, ending::failed); };

void run_session(coordinator& where, const changes& all) {
  auto owner = where.acquire().value();
  add_staged(owner, all, ending::committed);
  owner.release().value();
}

// Whether the next change of the state directory might leave it the times that it has.
bool is_state_recent() {
  struct stat state {};
  if (::stat((tree().root() + "/.commitpoint").c_str(), &state) != 0) throw std::runtime_error("no state directory");
  return cp::files::is_recent(state.st_ctim.tv_sec * 1'000'000'000 + state.st_ctim.tv_nsec, cp::system::native().now());
}

coordinator open_settling(counting_system& system, cp::durability::settle when) {
  return coordinator::open(tree().root(), {}, system, cp::durability::power_loss{.settles = when}).value();
}

// A tree that a session has settled, with a mark that vouches for its state directory: it does when that has stood for
// some ticks of the clock.
void settle() {
  auto system = new_system();
  auto first = open<coordinator>(system);
  for (const auto& all : tree().next_adds(uncounted)) run_session(first, all);
  while (is_state_recent()) std::this_thread::yield();
  for (const auto& all : tree().next_adds(1)) run_session(first, all);
}

cost session(cp::durability::settle when) {
  settle();
  auto system = new_system();
  auto where = open_settling(system, when);
  run_session(where, tree().next_adds(1).front());  // what it leaves, the next one finds
  const auto adds = tree().next_adds(1);
  return counted(system, [&] { run_session(where, adds.front()); });
}

cost opening() {
  settle();
  auto system = new_system();
  std::optional<coordinator> opened;
  return counted(system, [&] { opened.emplace(open<coordinator>(system)); });
}

cost acquiring() {
  settle();
  auto system = new_system();
  auto where = open<coordinator>(system);
  std::optional<coordinator::owner_type> held;
  return counted(system, [&] { held.emplace(where.acquire().value()); });
}

cost releasing() {
  settle();
  auto system = new_system();
  auto owner = open<coordinator>(system).acquire().value();
  const auto adds = tree().next_adds(1);
  add_staged(owner, adds.front(), ending::committed);
  return counted(system, [&] { owner.release().value(); });
}

cost reading() {
  settle();
  auto system = new_system();
  auto where = open<coordinator>(system);
  return counted(system, [&] {
    auto reader = where.read().value();
    reader.read(benchmarks::index_file).value();
  });
}

cost batch_of_64() {
  auto system = new_system();
  auto owner = open<coordinator>(system).acquire().value();
  const auto run_all = [&](const std::vector<changes>& batch) {
    benchmarks::run_add(owner, {.operation = "batch"}, ending::committed, [&](cp::mutation& m) -> cp::result<void> {
      for (const auto& all : batch) {
        BOOST_OUTCOME_TRYV(m.savepoint([&](cp::mutation& inner) { return benchmarks::stage_all(inner, all); }));
      }
      return cp::success();
    });
  };
  run_all(tree().next_adds(uncounted));
  const auto batch = tree().next_adds(64);
  return counted(system, [&] { run_all(batch); });
}

cost tracking(std::size_t at_once) {
  auto system = new_system();
  auto owner = open<coordinator>(system).acquire().value();
  cost found;
  benchmarks::track_many(owner, 1'000, at_once, [&](const auto& track) { found = counted(system, track); });
  return found;
}

const std::map<std::string_view, std::function<cost()>>& scenarios() {
  static const std::map<std::string_view, std::function<cost()>> known{
      {"staged add", [] { return one_add<coordinator>(staged); }},
      {"staged add, no syncs", [] { return one_add<unsynced_coordinator>(staged); }},
      {"staged add, failed", [] { return one_add<coordinator>(staged_failed); }},
      {"in place", [] { return one_add<coordinator>(in_place); }},
      {"in place, failed", [] { return one_add<coordinator>(in_place_failed); }},
      {"session", [] { return session(cp::durability::settle::at_release); }},
      {"session, settling later", [] { return session(cp::durability::settle::later); }},
      {"open", opening},
      {"acquire on a settled tree", acquiring},
      {"release after one add", releasing},
      {"read on a settled tree", reading},
      {"batch of 64", batch_of_64},
      {"track_new, 1 call of 1,000", [] { return tracking(1'000); }},
      {"track_new, 1,000 calls", [] { return tracking(1); }},
  };
  return known;
}

}  // namespace

cost cost_of(std::string_view scenario) {
  const auto known = scenarios().find(scenario);
  if (known == scenarios().end()) throw std::invalid_argument("no scenario: " + std::string(scenario));
  const auto found = known->second();
  tree().forget_adds();
  return found;
}

}  // namespace budgets
