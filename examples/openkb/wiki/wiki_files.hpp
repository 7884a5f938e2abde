#pragma once

/// \file
/// What stands in the directories of a knowledge base, whoever put it there. Read under the lock.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// All files below `raw/` and `wiki/`, relative to the root, sorted.
[[nodiscard]] std::vector<std::string> files_below(const std::filesystem::path& root);

/// What a relative link on a page leads to, relative to the root and without `.` and `..`; empty when the link is not
/// relative, or leads out of the knowledge base.
[[nodiscard]] std::string target_of(std::string_view page, std::string_view link_target);

}  // namespace openkb
