// error: a value of a policy that this coordinator does not have
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

auto open() { return cp::coordinator<>::open("notes", {}, cp::durability::process_crash{}); }
