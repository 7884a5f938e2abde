#pragma once

/// \file
/// Which documents have which terms, and which of the terms have pages: rows that are counted as they change, so that
/// how rare a term is costs one look through an index.
///
/// A term has a page so long as two documents have it, or the only one that has it names it in a heading. Everything
/// here keeps to that, and tells what it means for the files.

#include "registry/database.hpp"
#include "registry/registry.hpp"
#include "topics/compiler.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// A document's line on a page.
struct page_part {
  std::string document;  ///< its name
  std::string title;     ///< the document's
  std::string excerpt;
};

/// What happens to one page.
struct page_change {
  topic page;  ///< kind, slug and title
  bool gone = false;
  bool replaces = false;             ///< some of `put` may be there already, and read differently
  std::vector<page_part> put;        ///< lines
  std::vector<std::string> dropped;  ///< documents whose lines go
};

/// What a change of rows means for the wiki.
struct topic_changes {
  std::vector<page_change> pages;
  std::map<std::int64_t, std::string> neighbours;  ///< other documents that have a part in other pages now, by id
};

/// A page, and how many documents have a part in it.
struct shared_topic {
  topic page;
  std::int64_t documents = 0;
};

/// The terms, through a connection that `mutation::enlist` gave.
class term_registry {
 public:
  explicit term_registry(sqlite3* db) noexcept : db_(db) {}

  /// The document has these topics now, whatever it had before. In pages that are there already it gets a part where
  /// that tells it apart best. Costs what the topics touch.
  [[nodiscard]] cp::result<topic_changes> put(const entry& document, const std::vector<topic>& topics);

  /// The pages that a document has a part in, those that tell it apart best first.
  [[nodiscard]] cp::result<std::vector<topic>> pages_of(std::int64_t document);
  /// The pages with most parts, two at least; at most so many pages.
  [[nodiscard]] cp::result<std::vector<shared_topic>> most_shared(std::int64_t most);

  /// A page of the wiki, and the lines that documents have there, in the order in which they were added. Empty when the
  /// registry has no such page.
  [[nodiscard]] cp::result<page_change> page_and_parts(topic_kind kind, std::string_view slug);

  /// Takes over what a registry of format 2 knows: its pages, and who has a part in them.
  [[nodiscard]] cp::result<void> adopt_pages();

 private:
  sqlite3* db_;
};

}  // namespace openkb
