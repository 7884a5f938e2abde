// error: enlist needs a transactional journal
// error: auto&
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

namespace cp = commitpoint;

// The journal is right, and the body takes the type that has no rows.
cp::result<void> add(cp::coordinator<cp::journal::sqlite>& notes) {
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  return owner.run({.operation = "add"}, [](cp::mutation& m) -> cp::result<void> {
    BOOST_OUTCOME_TRY(const int rows, m.enlist([](sqlite3*) -> cp::result<int> { return 1; }));
    return m.write("note", std::to_string(rows));
  });
}
