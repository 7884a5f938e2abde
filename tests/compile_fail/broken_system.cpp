// error: abstract class type
// error: 'clockless'
// note: coordinator<clockless>
// note: now
// lines: 9
#include <commitpoint/commitpoint.hpp>

#include <cstdint>

namespace cp = commitpoint;

// Everything that the real one has, but for one call.
struct clockless : cp::system::native {
  std::int64_t now() override = 0;
};

auto open() { return cp::coordinator<clockless>::open("notes"); }
