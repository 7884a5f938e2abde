// error: two journal policies
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

namespace cp = commitpoint;

auto open() { return cp::coordinator<cp::journal::log, cp::journal::sqlite>::open("notes"); }
