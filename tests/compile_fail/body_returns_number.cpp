// error: a body returns a commitpoint::result<T>
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

void add(cp::owner& owner) {
  const auto done = owner.run({.operation = "add"}, [](auto&) { return 7; });
  (void)done.value();
}
