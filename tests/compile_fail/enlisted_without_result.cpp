// error: what is enlisted returns a commitpoint::result<T>
#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

namespace cp = commitpoint;

cp::result<void> add(cp::enlisting_mutation& m) {
  return m.enlist([](sqlite3*) { return 7; });
}
