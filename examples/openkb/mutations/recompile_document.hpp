#pragma once

/// \file
/// Compiling a document again from what the knowledge base has of it. Files that come out as they are stay untouched.

#include "documents/document.hpp"
#include "knowledge_base/prepare_document.hpp"
#include "registry/registry.hpp"
#include "topics/compiler.hpp"
#include "wiki/page_changes.hpp"

#include <filesystem>
#include <string>

namespace openkb {

/// A document as its source page and its row have it, ready for a compiler.
[[nodiscard]] cp::result<document> document_in(const std::filesystem::path& root, const entry& e);

/// Puts what the compiler made of it into the pages and rows: summary, title, topics, full text. Gives whether anything
/// came out different.
[[nodiscard]] cp::result<bool> put_compiled(cp::enlisting_mutation& m, page_changes& changes, entry e,
                                            const compiled& c);

/// Writes the summary that is not there any more, by the built-in compiler, and nothing else: title and topics are
/// those that the rows have.
[[nodiscard]] cp::result<void> put_lost_summary(cp::enlisting_mutation& m, page_changes& changes, const entry& e);

}  // namespace openkb
