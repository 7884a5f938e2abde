#include "support/other_source.hpp"

namespace support {

commitpoint::result<void> greet(commitpoint::mutation& m) {
  BOOST_OUTCOME_TRYV(m.write("greeting.txt", "hello\n"));
  BOOST_OUTCOME_TRY(const bool there, m.exists("old.txt"));
  if (!there) return commitpoint::success();
  return m.rename("old.txt", "new.txt");
}

}  // namespace support
