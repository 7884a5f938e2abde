#pragma once

/// \file
/// What a mutation does to the index of a wiki: lines on the pages of initials, and the counts in front of them.

#include "registry/registry.hpp"
#include "wiki/index_pages.hpp"
#include "wiki/page_changes.hpp"

#include <commitpoint/sqlite/mutation.hpp>

#include <string>

namespace openkb {

class index_changes {
 public:
  index_changes(cp::enlisting_mutation& m, page_changes& changes) noexcept : m_(m), changes_(changes) {}

  /// A document's line, at the end of its initial's page.
  cp::result<void> add(const entry& document);
  cp::result<void> drop(const entry& document);
  /// Where the line reads differently now.
  cp::result<void> replace(const entry& before, const entry& now);
  /// The index itself, from the rows as they are now. To be called last.
  cp::result<void> count_again();

 private:
  cp::enlisting_mutation& m_;
  page_changes& changes_;
};

/// What the index says of a registry.
[[nodiscard]] cp::result<pages::contents> contents_of(sqlite3* db);

}  // namespace openkb
