// error: enlist needs a transactional journal
// error: commitpoint::journal::sqlite
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

cp::result<void> add(cp::coordinator<>& notes) {
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  return owner.run({.operation = "add"}, [](auto& m) -> cp::result<void> {
    return m.enlist([](auto*) -> cp::result<void> { return cp::success(); });
  });
}
