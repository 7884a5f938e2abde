// error: the journal policy lacks
// error: open(const commitpoint::journal::place&) const
// note: coordinator<forgetful>
// lines: 9
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

struct forgetful {
  using kind = cp::kind::journal;
};

auto open() { return cp::coordinator<forgetful>::open("notes"); }
