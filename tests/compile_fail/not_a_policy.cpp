// note: coordinator<int>
// error: is a policy
// error: using kind = commitpoint::kind::
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

auto open() { return cp::coordinator<int>::open("notes"); }
