#pragma once

/// \file
/// Adding one document: the body of the mutation. Everything but the page index's part is staged, and the rows ride in
/// the same commit.

#include "documents/document.hpp"
#include "knowledge_base/error.hpp"
#include "topics/compiler.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <cstddef>
#include <stop_token>
#include <string>
#include <vector>

namespace openkb {

/// What an add did.
struct added {
  std::string name;
  std::string title;
  bool updated = false;      ///< the document was there already, with other content
  std::size_t concepts = 0;  ///< pages that it has a part in
  std::size_t entities = 0;
  std::size_t images = 0;
  std::size_t pages = 0;             ///< of a PDF
  bool indexed = false;              ///< it is in the page index
  std::vector<std::string> written;  ///< new, rewritten or appended to
  std::vector<std::string> removed;  ///< what only its old version had
  std::vector<std::string> warnings;
};

/// Puts a document in, or its new version in place of the old one. Costs what the document touches, however much else
/// is there: names and hashes are looked up, the index and the log are appended to. What was prepared without the lock
/// is looked at again: whether it is known by now, whether its source is still the same, which name is free.
/// \errors already_here (the explanation is the name), source_changed, index_failed; those of the effects.
[[nodiscard]] cp::result<added> add_document(cp::enlisting_mutation& m, const document& d, const compiled& c,
                                             const std::string& now, std::stop_token stop = {});

}  // namespace openkb
