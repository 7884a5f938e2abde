// error: the observe policy lacks
// error: void operator()(const commitpoint::observe::event&) const
// note: coordinator<deaf>
// lines: 9
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

struct deaf {
  using kind = cp::kind::observe;
};

auto open() { return cp::coordinator<deaf>::open("notes"); }
