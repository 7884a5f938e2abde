#pragma once

/// \file
/// Removing one document: the body of the mutation.

#include "registry/registry.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <string>
#include <vector>

namespace openkb {

/// What a removal did.
struct removed {
  std::string name;
  std::vector<std::string> removed;
  std::vector<std::string> changed;  ///< shared pages, the index, pages with links to it, the log
  bool forgotten = false;            ///< the page index is to forget it as well
};

/// The document of that name or place, or of the file name (or longer end of a place) that only one has, however
/// accents are written. \errors no_such_document: what may have been meant, or which ones have it, is its explanation.
[[nodiscard]] cp::result<entry> find_document(registry& rows, const std::string& asked);

/// Takes a document out: its files, its part of every page, its line in the index, links to it on any page (their words
/// stay). Unlike an add it reads all pages, since anybody may have linked to it.
[[nodiscard]] cp::result<removed> remove_document(cp::enlisting_mutation& m, const entry& e, bool keep_raw,
                                                  const std::string& now);

}  // namespace openkb
