#pragma once

/// \file
/// Two documents that share topics.

#include <string>

namespace openkb::testing {

inline const std::string article =
    "# Atomic commit\n\nThe atomic commit of Ada Lovelace keeps a rollback journal. The rollback journal is synced "
    "first, and the atomic commit follows. Ada Lovelace wrote it down.\n";
inline const std::string illustrated_article = article.substr(0, article.size() - 1) + " ![picture](img/a.png)\n";
inline const std::string other =
    "# Storage engines\n\nA storage engine of Grace Hopper keeps a rollback journal. The storage engine was read by "
    "Ada Lovelace, and the rollback journal of Ada Lovelace is small.\n";

}  // namespace openkb::testing
