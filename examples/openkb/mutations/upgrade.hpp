#pragma once

/// \file
/// A knowledge base that an older openkb made becomes one of today's: the body of the mutation. Rows, pages and the
/// format in the configuration change at one commit point, so that it is of one format or of the other.
///
/// A new format adds tables (registry.cpp), and fills them here from what the old one has: its rows, and the documents'
/// texts in wiki/sources.

#include "knowledge_base/error.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <cstdint>
#include <string>

namespace openkb {

/// `from` is the format of before. \errors bad_config; those of the effects.
[[nodiscard]] cp::result<void> upgrade(cp::enlisting_mutation& m, const std::string& now, std::int64_t from);

/// What the log says of it: "from format 2 to 4".
[[nodiscard]] std::string upgrade_steps(std::int64_t from);

}  // namespace openkb
