#pragma once

/// \file
/// The rows of terms, one statement at a time. What they have to do with each other, `term_registry` knows.

#include "registry/database.hpp"
#include "topics/compiler.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openkb {

/// A term, in whichever documents.
struct term_row {
  std::int64_t documents = 0;  ///< that have it; 0: there is no row
  std::int64_t only = 0;       ///< the document, where only one has it
  std::int64_t page = 0;       ///< 0 without one
  std::int64_t parts = 0;      ///< documents with a part in the page
};

/// What a document has to say of a term.
struct holding {
  topic what;
  std::int64_t rank = 0;
  std::int64_t page = 0;  ///< that the document has a part in; 0 without one
};

class term_statements {
 public:
  explicit term_statements(sqlite3* db) noexcept : db_(db) {}

  [[nodiscard]] cp::result<void> make_tables();

  [[nodiscard]] cp::result<term_row> term(std::string_view key);
  /// A term that no document has is removed.
  [[nodiscard]] cp::result<void> put_term(std::string_view key, const term_row& t);

  /// All that a document holds, by key.
  [[nodiscard]] cp::result<std::map<std::string, holding>> holdings(std::int64_t document);
  [[nodiscard]] cp::result<holding> holding_of(std::int64_t document, std::string_view key);
  [[nodiscard]] cp::result<void> put_holding(std::int64_t document, const holding& h);
  [[nodiscard]] cp::result<void> remove_holding(std::int64_t document, std::string_view key);
  /// The documents that have a term and no part in its page. Reads all rows; only what removals leave needs it.
  [[nodiscard]] cp::result<std::vector<std::int64_t>> without_part(std::string_view key);

  /// The first two documents with a part in a page.
  [[nodiscard]] cp::result<std::vector<std::int64_t>> with_part(std::int64_t page);
  [[nodiscard]] cp::result<void> add_part(std::int64_t page, std::int64_t document);
  [[nodiscard]] cp::result<void> remove_part(std::int64_t page, std::int64_t document);

  [[nodiscard]] cp::result<topic> page(std::int64_t id);
  /// Of either kind.
  [[nodiscard]] cp::result<bool> has_page(std::string_view slug);
  /// Gives the page's id.
  [[nodiscard]] cp::result<std::int64_t> make_page(const topic& t);
  [[nodiscard]] cp::result<void> remove_page(std::int64_t id, topic_kind kind);

  [[nodiscard]] cp::result<std::pair<std::string, std::string>> name_and_title(std::int64_t document);

 private:
  sqlite3* db_;
};

}  // namespace openkb
