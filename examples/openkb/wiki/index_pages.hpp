#pragma once

/// \file
/// The index of a wiki. `wiki/index.md` says how much there is of what, and is no longer than that; the lines of the
/// documents stand in `wiki/index/`, in a page for each initial, so that a document that is added only appends.

#include "registry/registry.hpp"
#include "registry/terms.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openkb::pages {

/// What `wiki/index.md` says.
struct contents {
  std::int64_t documents = 0;
  std::int64_t concepts = 0;
  std::int64_t entities = 0;
  std::vector<std::pair<std::string, std::int64_t>> initials;
  std::vector<entry> latest;
  std::vector<shared_topic> shared;
};

/// How many documents and topics it shows at most.
inline constexpr std::int64_t most_latest = 15;
inline constexpr std::int64_t most_shared = 20;

/// The index page with other contents. What a person wrote before or behind openkb's part stays; a page without one
/// gets it at its end.
[[nodiscard]] std::string with_contents(std::string_view index, const contents& now);
/// The index page of an older openkb without the list of documents that it kept there. A line that only begins like one
/// of that list, and every other one, stays.
[[nodiscard]] std::string without_old_list(std::string_view index);
/// Openkb's part of an index page, with the lines that it begins and ends with, of which the first is the last one
/// before the other; empty without one.
[[nodiscard]] std::string_view contents_in(std::string_view index);

/// The page of an initial before any document stands there.
[[nodiscard]] std::string initial_head(std::string_view initial);
/// Whether it is no more than that.
[[nodiscard]] bool is_bare_initial(std::string_view page, std::string_view initial);
[[nodiscard]] std::string index_line(const entry& document);
/// The page without a document's line.
[[nodiscard]] std::string without_line(std::string_view page, std::string_view document_name);
/// The documents that have a line of openkb's on the page of an initial.
[[nodiscard]] std::vector<std::string> documents_in_index(std::string_view page);
/// The documents that have a line in the index of an older openkb, which did not mark them.
[[nodiscard]] std::vector<std::string> documents_in_old_index(std::string_view page);

}  // namespace openkb::pages
