#pragma once

/// \file
/// Under which name a document goes: that of the one that it is another version of, or the first one that is free.

#include "documents/document.hpp"
#include "registry/registry.hpp"

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

/// The document that is known by the place of this one, however each part of it is written. Of a file that is there
/// under its name written otherwise, the other one may be a document of its own.
[[nodiscard]] cp::result<std::optional<entry>> document_at(const document& d, const name_lookup& in);

/// A name that no document has, and under which no file stands: one of somebody's own is left alone.
[[nodiscard]] cp::result<std::string> free_name(const document& d, const name_lookup& in);

/// What lies in raw/ is a document that somebody put there, or the original of one that came from somewhere else.
/// \errors inside_knowledge_base for the latter
[[nodiscard]] cp::result<void> refuse_original(const document& d, const name_lookup& in);

/// What a new version has, and the version that is known had not, must not be there as somebody's own.
/// \errors foreign_file
[[nodiscard]] cp::result<void> refuse_foreign_files(const document& d, const entry& known, const name_lookup& in);

/// The place that a new document of that name is known by. What lies in raw/ is moved to where an original has its own.
[[nodiscard]] std::string place_under(const document& d, const std::string& name);

[[nodiscard]] bool keeps_original(const document& d) noexcept;

/// The files that a document of that name has for itself: original, source page, summary, images.
[[nodiscard]] std::vector<std::string> own_files(const document& d, const std::string& name);

}  // namespace openkb
