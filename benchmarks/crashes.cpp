#include "crashes.hpp"

#include "adds.hpp"
#include "children.hpp"
#include "measured.hpp"

#include <sys/wait.h>

#include <stdexcept>

namespace benchmarks {

namespace {

enum class way { staged, in_place };

// A crash in an add; then how long the next owner takes until the tree is in a committed state.
template <class Killed>
measured drain_after(std::size_t n, way how) {
  auto& t = tree::holding(n);
  const auto adds = t.next_adds(1);
  crash([&] {
    auto owner = cp::coordinator<Killed>::open(t.root()).value().acquire().value();
    if (how == way::staged) add_staged(owner, adds.front(), ending::committed);
    if (how == way::in_place) add_in_place(owner, adds.front(), ending::committed);
  });
  auto next = cp::coordinator<>::open(t.root()).value();
  const stopwatch watch;
  auto owner = next.acquire().value();
  const measured took{watch.seconds()};
  owner.purge_kept().value();
  owner.release().value();
  t.forget_adds();
  return took;
}

}  // namespace

void crash(const std::function<void()>& work) {
  const int status = forked(work).wait();
  if (!WIFSIGNALED(status)) throw std::runtime_error("what was to be killed lived");
}

void register_drains(std::size_t n) {
  constexpr int times = 3;
  register_measured(name_at("drain, staged and committed", n), times,
                    [n] { return drain_after<killed_at_first_rename>(n, way::staged); });
  register_measured(name_at("drain, staged and not committed", n), times,
                    [n] { return drain_after<killed_before_commit>(n, way::staged); });
  register_measured(name_at("drain, in place and not committed", n), times,
                    [n] { return drain_after<killed_before_commit>(n, way::in_place); });
}

}  // namespace benchmarks
