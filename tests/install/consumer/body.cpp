#include <commitpoint/mutation.hpp>

namespace cp = commitpoint;

// A second translation unit, and one that knows no policy.
cp::result<void> write_greeting(cp::mutation& m);

cp::result<void> write_greeting(cp::mutation& m) { return m.write("greeting.txt", "hello\n"); }
