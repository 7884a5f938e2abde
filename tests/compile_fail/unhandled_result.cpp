// error: it may be a failure
// error: BOOST_OUTCOME_TRY
#include <commitpoint/mutation.hpp>

#pragma GCC diagnostic error "-Wunused-result"

void rename_topic(commitpoint::mutation& m) { m.write("new.md", "# new\n"); }
