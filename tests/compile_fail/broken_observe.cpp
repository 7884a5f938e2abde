// error: deaf
// error: event
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

struct deaf {
  using kind = cp::kind::observe;
};

auto open() { return cp::coordinator<deaf>::open("notes"); }
