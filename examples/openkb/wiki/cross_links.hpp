#pragma once

/// \file
/// The links between the source pages of documents that speak of each other: the same link as its document has it, and
/// as it leads to a page that stands beside its own. A text goes from one to the other and back, to the byte.

#include "documents/places.hpp"

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// For a place, the name of the document that is there.
using destinations = std::map<std::string, std::string, std::less<>>;

/// The text with its links turned from what led to where before to what leads to where afterwards. `links` has, of the
/// page's, at least all that lead to any of these documents: where several addresses lead to one document, their order
/// tells them apart, in the text too (`a.md`, `./a.md`); those behind the eighth stay what they are in the document.
[[nodiscard]] std::string with_cross_links(std::string_view text, const std::vector<outgoing_link>& links,
                                           const destinations& before, const destinations& after);

/// What a link of Obsidian becomes while no document is there: its words, and a mark that no reader sees.
[[nodiscard]] std::string marked_wiki_link(std::string_view target, std::string_view heading, std::string_view words);

}  // namespace openkb
