// What a person had replaced shortly before a mutation, and not made durable, may come back by a power cut. It is no
// later edit: what the mutation did is there all the same.

#include <commitpoint/coordinator.hpp>
#include <commitpoint/publish/copy.hpp>
#include <commitpoint/publish/exchange.hpp>
#include <commitpoint/publish/rename.hpp>
#include <commitpoint/system/simulated.hpp>
#include <commitpoint/system/simulated/hand.hpp>
#include <commitpoint/system/simulated/power_cut.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cp = commitpoint;
using cp::system::hand;
using cp::system::simulated;
using cp::system::simulation::power_cut;

namespace {

struct scenario {
  const char* name;
  std::function<void(hand&)> person;
  std::function<cp::result<void>(cp::mutation&)> body;
  std::function<bool(const hand&)> is_there;
};

std::vector<scenario> scenarios() {
  const auto replaces = [](hand& h) { h.replace("f", "version one"); };
  const auto writes = [](cp::mutation& m) { return m.write("f", "version two!"); };
  const auto is_new = [](const hand& h) { return h.exists("f") && h.read("f") == "version two!"; };
  const auto appends = [](cp::mutation& m) { return m.append("f", " and more"); };
  const auto is_longer = [](const hand& h) { return h.exists("f") && h.read("f").ends_with(" and more"); };
  return {{"replaced, written", replaces, writes, is_new},
          {"made, written", [](hand& h) { h.write("f", "version one"); }, writes, is_new},
          {"replaced, removed", replaces, [](cp::mutation& m) { return m.remove("f"); },
           [](const hand& h) { return !h.exists("f"); }},
          {"replaced, appended to", replaces, appends, is_longer}};
}

// Every state that a power cut may leave, or as many as there is time for.
void for_each_state(const power_cut& cut, const std::function<void(const std::vector<std::uint32_t>&)>& f) {
  const auto& counts = cut.answers();
  std::vector<std::uint32_t> chosen(counts.size(), 0);
  std::uint64_t seed = 1;
  constexpr std::uint64_t most = 400;
  const bool all = cut.states() <= most;
  for (std::uint64_t n = 0; n < (all ? cut.states() : most); ++n) {
    auto rest = n;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      if (!all) rest = (seed = seed * 6364136223846793005U + 1442695040888963407U) >> 33U;
      chosen[i] = static_cast<std::uint32_t>(rest % counts[i]);
      if (all) rest /= counts[i];
    }
    f(chosen);
  }
}

template <class Publish>
void expect_mutation_there(bool ordered) {
  for (const auto& one : scenarios()) {
    const std::string name = one.name;
    CAPTURE(name);
    CAPTURE(ordered);
    const simulated disk{cp::system::simulation::world({.ordered_metadata = ordered})};
    hand h(disk);
    h.make_directory("/tree");
    auto tree = h.below("tree");
    if (name.starts_with("replaced")) tree.write("f", "0");
    auto kb = cp::coordinator<simulated, Publish>::open("/tree", {}, disk).value();
    h.sync_all();
    simulated(disk).pause(std::chrono::hours(1));
    auto mine = kb.acquire().value();
    one.person(tree);
    REQUIRE(mine.run({}, [&](cp::mutation& m) { return one.body(m); }));
    const auto world = disk.world();
    const power_cut cut(world);
    std::uint64_t states = 0;
    for_each_state(cut, [&](const auto& chosen) {
      const simulated after(cut.survivor(chosen));
      auto again = cp::coordinator<simulated, Publish>::open("/tree", {}, after).value();
      const auto owner = again.acquire();
      const auto found = hand(after).below("tree");
      const auto text = [&] {
        return (owner ? std::string() : owner.error().message()) + cut.describe(chosen) + "; f is " +
               (found.exists("f") ? found.read("f") : "absent");
      };
      CHECK_MESSAGE((owner && one.is_there(found)), text());
      ++states;
    });
    CHECK(states > 1);
  }
}

}  // namespace

TEST_CASE("A29: what a power cut brings back of before a mutation is not taken for an edit of after it") {
  for (const bool ordered : {false, true}) {
    expect_mutation_there<cp::publish::rename>(ordered);
    expect_mutation_there<cp::publish::copy>(ordered);
  }
  expect_mutation_there<cp::publish::exchange>(true);
}
