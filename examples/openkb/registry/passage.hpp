#pragma once

/// \file
/// An auxiliary function of FTS5, `passage(TABLE, COLUMN)`: where the query was found in a column, with a few words
/// around it. FTS5's own `snippet` reads each text to its end, several times, and stems every word of it: 200 ms for
/// ten documents of a megabyte. This one reads as far as the passage. \source SQLite, "FTS5 Extension", 7 "Extending
/// FTS5"

#include "registry/database.hpp"

namespace openkb {

/// Makes it known to a connection.
[[nodiscard]] cp::result<void> add_passage_function(sqlite3* db);

}  // namespace openkb
