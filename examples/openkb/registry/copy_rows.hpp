#pragma once

/// \file
/// A copy of a registry's rows, to try on it what a change would come to.

#include "registry/database.hpp"

namespace openkb {

/// Everything but the full text, in a database of nobody else's; what an older openkb made, as it will be after its
/// upgrade. \errors registry_failed.
[[nodiscard]] cp::result<database> copy_of_rows(sqlite3* from);

}  // namespace openkb
