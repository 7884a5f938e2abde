#pragma once

/// \file
/// Under which name a document goes: that of the one that it is another version of, or the first one that is free.

#include "documents/document.hpp"
#include "registry/registry.hpp"
#include "topics/compiler.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace openkb {

/// What names are looked up in: rows, and files below the knowledge base.
struct name_lookup {
  std::function<cp::result<std::optional<entry>>(const std::string& place)> by_place;
  std::function<cp::result<std::optional<entry>>(const std::string& name)> by_name;
  std::function<cp::result<std::vector<std::string>>(const entry& e)> files_of;
  std::function<cp::result<bool>(const std::string& file)> is_there;
};

struct row_change {
  entry before;  ///< its `id` is 0 where the document is new
  entry now;
};

/// The row of a document: that of the version which is known by its place, however each part of that is written, or one
/// under a name that no document has, and under which no file stands. What is somebody's own is left alone.
/// \errors inside_knowledge_base for the original in raw/ of a document that came from somewhere else; foreign_file for
/// what a new version has, the known one had not, and stands there.
[[nodiscard]] cp::result<row_change> row_for(const document& d, const compiled& c, const std::string& now,
                                             const name_lookup& in);

[[nodiscard]] bool keeps_original(const document& d) noexcept;

/// The files that a document of that name has for itself: original, source page, summary, images.
[[nodiscard]] std::vector<std::string> own_files(const document& d, const std::string& name);

}  // namespace openkb
