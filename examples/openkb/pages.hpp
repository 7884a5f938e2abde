#pragma once

/// \file
/// The text of every page of the wiki. All links are relative and resolve from where the page stands.

#include "compiler.hpp"
#include "document.hpp"

#include <string>
#include <string_view>

namespace openkb::pages {

/// What the registry decided about a document.
struct identity {
  std::string name;
  std::string added_at;
  std::string updated_at;  ///< the same as `added_at` for a new document
};

[[nodiscard]] std::string source(const document& d, const compiled& c, const identity& id);
[[nodiscard]] std::string summary(const document& d, const compiled& c, const identity& id);

/// The page of a topic before any document has a part in it.
[[nodiscard]] std::string topic_head(const topic& t);
/// One document's part of a topic's page: a single line, so that adding a document only appends.
[[nodiscard]] std::string topic_part(const topic& t, std::string_view document_name, std::string_view document_title);

/// The page with a document's part replaced; with an empty part, removed. Whatever else is on the page stays.
[[nodiscard]] std::string with_part(std::string_view page, std::string_view document_name, std::string_view part);

[[nodiscard]] std::string index_head();
/// A document's line in the index. It is written once; nothing in it goes stale when the document changes.
[[nodiscard]] std::string index_line(const document& d, const identity& id);

[[nodiscard]] std::string log_head();
[[nodiscard]] std::string log_line(std::string_view at, std::string_view what);

}  // namespace openkb::pages
