// error: journal
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

namespace cp = commitpoint;

using two_journals = cp::coordinator<cp::journal::log, cp::journal::sqlite>;

cp::result<two_journals> open() { return two_journals::open("notes"); }
