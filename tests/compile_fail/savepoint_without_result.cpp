// error: the body of a savepoint returns a commitpoint::result<T>
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

cp::result<void> add(cp::mutation& m) {
  return m.savepoint([](cp::mutation& inner) { (void)inner.write("note", "x"); });
}
