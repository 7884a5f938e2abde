// error: enlist needs a transactional journal
// error: commitpoint::journal::sqlite
#include <commitpoint/commitpoint.hpp>

namespace cp = commitpoint;

cp::result<void> add(cp::owner<>& owner) {
  return owner.run({.operation = "add"}, [](auto& m) -> cp::result<void> {
    m.enlist([](auto*) -> cp::result<void> { return cp::success(); });
    return cp::success();
  });
}
