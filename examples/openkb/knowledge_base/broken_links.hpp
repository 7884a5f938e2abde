#pragma once

/// \file
/// The links of a page that lead to where nothing is, and whose they are.

#include "wiki/wiki_files.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

struct broken_link {
  std::string written;  ///< the target as it stands on the page
  std::string target;   ///< relative to the root
  bool own = false;     ///< it stands in a line that openkb wrote, and can take back
};

/// `files` are those of the knowledge base below `root`, and `page` is one of the wiki. What a document itself says is
/// not judged, unless it leads into the wiki's own images.
[[nodiscard]] std::vector<broken_link> broken_links(const std::filesystem::path& root, const file_names& files,
                                                    const std::string& page, std::string_view text);

}  // namespace openkb
