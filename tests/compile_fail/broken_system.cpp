// error: coordinator<clockless>
// error: the system policy lacks
// error: 's.now()'
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

// Everything that the real one has, but for one call.
struct clockless : cp::system::native {
  void now() const = delete;
};

auto open() { return cp::coordinator<clockless>::open("notes"); }
