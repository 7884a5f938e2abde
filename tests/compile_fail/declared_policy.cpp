// error: an argument of coordinator is declared and nothing more: include its header
// note: coordinator<commitpoint::publish::exchange>
// lines: 9
#include <commitpoint/coordinator.hpp>

namespace cp = commitpoint;

auto open() { return cp::coordinator<cp::publish::exchange>::open("notes"); }
