#pragma once

/// \file
/// The documents below a directory.

#include "knowledge_base/error.hpp"

#include <filesystem>
#include <vector>

namespace openkb {

/// What was found, in the order in which it will be added, and the directories that could not be read.
struct found_documents {
  std::vector<std::filesystem::path> files;
  std::vector<cp::failure> unreadable;
};

/// Everything below a directory that has the extension of a document, sorted by path. Hidden entries are passed over;
/// links to directories are not followed; `own` (the knowledge base's directories) is left out.
[[nodiscard]] found_documents find_documents(const std::filesystem::path& directory,
                                             const std::vector<std::filesystem::path>& own);

/// Whether a file lies in one of these directories.
[[nodiscard]] bool lies_in(const std::filesystem::path& file, const std::vector<std::filesystem::path>& directories);

}  // namespace openkb
