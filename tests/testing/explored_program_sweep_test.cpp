// Where the engine that is explored is compiled.

#include "explored_program.hpp"

#include "explored_policies.hpp"

namespace explored {

commitpoint::testing::explored_program program_of(const combination& c) {
  return commitpoint::testing::program_for<coordinator>(c.name(), snapshot{.way = c.snapshot},
                                                        journal{.readable = c.readable}, publish{.chosen = c.publish});
}

}  // namespace explored
