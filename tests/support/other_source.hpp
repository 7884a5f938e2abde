#pragma once

// What a user's own source file is like: it knows mutations, and no policy. tests/support/other_source.cpp.

#include <commitpoint/mutation.hpp>

namespace support {

/// Writes `greeting.txt` and renames whatever is at `old.txt`.
commitpoint::result<void> greet(commitpoint::mutation& m);

}  // namespace support
