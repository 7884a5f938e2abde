// error: a body returns a commitpoint::result<T>
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

cp::result<void> add(cp::coordinator<>& notes) {
  BOOST_OUTCOME_TRY(auto owner, notes.acquire());
  return owner.run({.operation = "add"}, [](cp::mutation& m) { (void)m.write("note", "x"); });
}
