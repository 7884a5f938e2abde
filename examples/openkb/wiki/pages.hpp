#pragma once

/// \file
/// The text of every page of the wiki. All links are relative and resolve from where the page stands.

#include "documents/document.hpp"
#include "registry/terms.hpp"
#include "topics/compiler.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openkb::pages {

/// What the registry decided about a document.
struct identity {
  std::string name;
  std::string added_at;
  std::string updated_at;  ///< the same as `added_at` for a new document
};

/// What the pages of a document say of where it came from.
struct origin {
  std::string place;      ///< absolute path, URL, or the id in a cloud
  std::string extension;  ///< of the original in raw/; empty when it is not kept
};

[[nodiscard]] std::string source(std::string_view markdown, std::string_view title, const origin& from,
                                 const identity& id);
/// A source page whose line of openkb's, the first one, reads as it would today. Where there is none, it is put on top.
/// All else stays to the byte.
[[nodiscard]] std::string with_source_head(std::string_view page, std::string_view title, const origin& from,
                                           const identity& id);
/// The text in a source page, without the line that leads away from it.
[[nodiscard]] std::string_view text_in_source(std::string_view page);
/// `topics` are those that have pages, in the order in which they are to stand.
[[nodiscard]] std::string summary(const compiled& c, const origin& from, const identity& id,
                                  const std::vector<topic>& topics);

/// The page of a topic before any document has a part in it.
[[nodiscard]] std::string topic_head(const topic& t);
/// Whether a page is no more than the head of that topic, as openkb wrote it. A topic without a title, that the
/// registry does not know, has one that its slug comes from.
[[nodiscard]] bool is_bare_topic(std::string_view page, const topic& t);
/// One document's part of a topic's page: a single line, so that adding a document only appends.
[[nodiscard]] std::string topic_part(const page_part& part);

/// The page with a document's part replaced; with an empty part, removed. Whatever else is on the page stays.
[[nodiscard]] std::string with_part(std::string_view page, std::string_view document_name, std::string_view part);

/// The documents that have a part in a page, as openkb wrote it.
[[nodiscard]] std::vector<std::string> documents_in_page(std::string_view page);

[[nodiscard]] std::string log_head();
[[nodiscard]] std::string log_line(std::string_view at, std::string_view what);

}  // namespace openkb::pages
