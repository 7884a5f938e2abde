#pragma once

/// \file
/// The full text of every document, by SQLite's FTS5: one table of the registry, so that it changes with the rows and
/// files that it speaks of.
///
/// The table keeps the text itself beside the index of it. FTS5 can do without (`content=''`), but then whoever removes
/// a row has to give it the text that was indexed, to the byte, and a source page may have been edited meanwhile.
/// (SQLite 3.43 can remove without, Debian 12 has 3.40.)

#include "registry/database.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// What is looked at, and shown of it.
struct document_text {
  std::string name;
  std::string title;
  std::string body;  ///< plain text

  friend bool operator==(const document_text&, const document_text&) = default;
};

/// A document that a query found.
struct hit {
  std::int64_t id = 0;
  std::string name;
  std::string title;
  double score = 0;     ///< by BM25; more is better
  std::string passage;  ///< where it was found, on one line; what was found stands between `mark_begin` and `mark_end`
};

inline constexpr char mark_begin = '\x02';
inline constexpr char mark_end = '\x03';

class full_text {
 public:
  explicit full_text(sqlite3* db) noexcept : db_(db) {}

  [[nodiscard]] cp::result<void> make_table();

  /// A document's text, in place of the one that it may have had. Gives whether it is another one.
  [[nodiscard]] cp::result<bool> put(std::int64_t id, const document_text& text);
  [[nodiscard]] cp::result<void> remove(std::int64_t id);

  /// The best documents for what `fts_query` made, best first. A word in a title weighs eight times what one in the
  /// text does, and one in a name four times.
  [[nodiscard]] cp::result<std::vector<hit>> find(std::string_view query, std::size_t limit);

  /// The names of documents whose text is not here, or under another title.
  [[nodiscard]] cp::result<std::vector<std::string>> missing();
  /// The ids of texts whose documents are not here.
  [[nodiscard]] cp::result<std::vector<std::int64_t>> strays();
  /// What FTS5's own check says is wrong with the index, which it takes the database's lock for; nothing when all is
  /// well.
  [[nodiscard]] cp::result<std::optional<std::string>> damage();
  /// Makes the index anew from the texts.
  [[nodiscard]] cp::result<void> rebuild();

 private:
  sqlite3* db_;
};

}  // namespace openkb
