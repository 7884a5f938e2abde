#pragma once

/// \file
/// Adding one document: the body of the mutation. Everything it does is staged, and the rows ride in the same commit.

#include "compiler.hpp"
#include "document.hpp"
#include "error.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace openkb {

/// What an add did.
struct added {
  std::string name;
  bool updated = false;      ///< the document was there already, with other content
  std::size_t concepts = 0;  ///< pages that it has a part in
  std::size_t entities = 0;
  std::size_t images = 0;
  std::vector<std::string> written;  ///< new, rewritten or appended to
  std::vector<std::string> removed;  ///< what only its old version had
};

/// Puts a document in, or its new version in place of the old one. Costs what the document touches, however much else
/// is there: names and hashes are looked up, the index and the log are appended to.
[[nodiscard]] cp::result<added> add_document(cp::enlisting_mutation& m, const document& d, const compiled& c,
                                             const std::string& now);

}  // namespace openkb
