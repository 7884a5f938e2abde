// error: the snapshot policy neither derives from commitpoint::snapshot::strategy nor has
// note: coordinator<forgetful>
// lines: 9
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

struct forgetful {
  using kind = cp::kind::snapshot;
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
