#include "adds.hpp"
#include "mutations.hpp"

namespace benchmarks {

namespace {

auto through_one_owner(ending end) {
  return [end](tree& t) {
    auto coordinator = cp::coordinator<>::open(t.root()).value();
    return [owner = coordinator.acquire().value(), end](const changes& all) mutable { add_in_place(owner, all, end); };
  };
}

}  // namespace

void register_in_place(std::size_t n) { register_add("in place", n, through_one_owner(ending::committed)); }

void register_failed_in_place(std::size_t n) { register_add("in place, failed", n, through_one_owner(ending::failed)); }

}  // namespace benchmarks
