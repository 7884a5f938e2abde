// error: coordinator<deaf>
// error: the observe policy lacks
// error: 'o(e)'
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

struct deaf {
  using kind = cp::kind::observe;
};

auto open() { return cp::coordinator<deaf>::open("notes"); }
