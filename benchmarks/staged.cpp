#include "adds.hpp"
#include "mutations.hpp"

namespace benchmarks {

namespace {

// Adds through one owner, as a batch makes them.
template <class Coordinator>
auto through_one_owner(ending end) {
  return [end](tree& t) {
    auto coordinator = Coordinator::open(t.root()).value();
    return [owner = coordinator.acquire().value(), end](const changes& all) mutable { add_staged(owner, all, end); };
  };
}

// As a command that adds one document does it.
auto in_sessions(cp::durability::settle when) {
  return [when](tree& t) {
    const cp::durability::power_loss durability{.settles = when};
    return [coordinator = cp::coordinator<>::open(t.root(), {}, durability).value()](const changes& all) mutable {
      auto owner = coordinator.acquire().value();
      add_staged(owner, all, ending::committed);
      owner.release().value();
    };
  };
}

}  // namespace

void register_staged(std::size_t n) {
  register_add("staged", n, through_one_owner<cp::coordinator<>>(ending::committed));
  register_add("session", n, in_sessions(cp::durability::settle::at_release));
}

void register_settling_later() {
  register_add("session, settling later", 0, in_sessions(cp::durability::settle::later));
}

void register_failed(std::size_t n) {
  register_add("staged, failed", n, through_one_owner<cp::coordinator<>>(ending::failed));
}

// Nothing waits for the disk: what is left is the work of the processor and of the calls.
void register_unsynced() {
  register_add("staged, no syncs", 0,
               through_one_owner<cp::coordinator<cp::durability::process_crash>>(ending::committed));
}

}  // namespace benchmarks
