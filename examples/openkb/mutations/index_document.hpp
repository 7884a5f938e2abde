#pragma once

/// \file
/// The page index is an opaque writer: it writes in place while it runs, names its blobs itself, and may find that it
/// has the content already. Here is what covers it, so that its effects share the commit point of everything else.

#include "documents/document.hpp"
#include "knowledge_base/knowledge_base.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/options.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace openkb {

/// A document as the page index has it.
struct indexed_document {
  std::string id;
  bool created = false;  ///< by this call: another owner's document must survive a rollback, and a removal
  std::string markdown;  ///< its pages; the links to the images are true for a source page
  std::vector<std::string> warnings;
};

/// Puts a PDF into the index. If the mutation is rolled back, by this process or by a drain of another, the index has
/// forgotten it again; unless it had the content before.
[[nodiscard]] cp::result<indexed_document> index_document(cp::mutation& m, const document& d, std::stop_token stop);

/// What undoes it, for `options::compensations` of every process that may have to recover.
inline constexpr const char* forget_indexed = "forget-indexed";
[[nodiscard]] cp::compensation forget_indexed_at(const std::filesystem::path& root);

/// Makes the index's first files, when a knowledge base is made.
[[nodiscard]] cp::result<void> make_index(cp::mutation& m);

/// Has the index forget what committed removals left for it to forget. An effect that cannot be undone comes after the
/// commit that wants it, and the commit says what is still to be done: whoever takes the lock next does it.
[[nodiscard]] cp::result<void> settle_index(knowledge_base::owner_type& owner, const std::filesystem::path& root);

}  // namespace openkb
