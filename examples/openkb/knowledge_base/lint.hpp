#pragma once

/// \file
/// What does not fit together in a knowledge base: between rows, files, lines, links and the page index.

#include "knowledge_base/error.hpp"
#include "knowledge_base/finding.hpp"

#include <filesystem>
#include <vector>

namespace openkb {

/// Looks at everything; to be called under a lock. Changes nothing.
[[nodiscard]] cp::result<std::vector<finding>> look_for_problems(const std::filesystem::path& root);

}  // namespace openkb
