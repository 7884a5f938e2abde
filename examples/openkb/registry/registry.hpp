#pragma once

/// \file
/// What is in the knowledge base: rows that commit with the files they speak of. Every question that an add asks goes
/// through an index, so that the answer costs the same however much is there.

#include "documents/document.hpp"
#include "registry/database.hpp"
#include "topics/compiler.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace openkb {

/// One document's row.
struct entry {
  std::int64_t id = 0;
  std::string name;
  std::string sha256;
  std::string source_path;
  std::string format;
  std::string title;
  std::string added_at;
  std::string updated_at;
  std::int64_t size = 0;     ///< of the original, in bytes
  std::string stem;          ///< what its name was made of
  std::string own_title;     ///< as the document itself gives it, for whoever compiles it again
  std::string index_id;      ///< in the page index; empty when it is not there
  bool index_owned = false;  ///< the index has it because of this document, and is to forget it with it
};

/// A page that several documents may share.
struct shared_page {
  topic_kind kind = topic_kind::concept_page;
  std::string slug;

  friend auto operator<=>(const shared_page&, const shared_page&) = default;
};

struct counts {
  std::int64_t documents = 0;
  std::int64_t concepts = 0;
  std::int64_t entities = 0;
};

/// A view of the tables through a connection: one that `mutation::enlist` gave, or one's own to read.
class registry {
 public:
  explicit registry(sqlite3* db) noexcept : db_(db) {}

  /// The version of the tables that `make_tables` makes, which is the knowledge base's format; a database without them
  /// has 0.
  static constexpr std::int64_t current_version = 4;
  /// The oldest one that can be upgraded. What only asks for documents, files and pages can do it there as well.
  static constexpr std::int64_t oldest_version = 2;
  /// From this one on there are a full text, topics that are counted, and index pages by initial; then links.
  static constexpr std::int64_t version_with_text = 3;

  [[nodiscard]] sqlite3* connection() const noexcept { return db_; }

  [[nodiscard]] cp::result<void> make_tables();
  /// Makes what the tables of an older version lack. They are empty: `upgrade` (mutations/upgrade.hpp) fills them.
  [[nodiscard]] cp::result<void> upgrade_tables(std::int64_t from);
  [[nodiscard]] cp::result<std::int64_t> version();

  [[nodiscard]] cp::result<std::optional<entry>> by_hash(std::string_view sha256);
  [[nodiscard]] cp::result<std::optional<entry>> by_place(std::string_view source_path);
  [[nodiscard]] cp::result<std::optional<entry>> by_name(std::string_view name);
  [[nodiscard]] cp::result<std::optional<entry>> by_id(std::int64_t id);
  [[nodiscard]] cp::result<bool> has_name(std::string_view name);
  [[nodiscard]] cp::result<std::vector<entry>> all();
  [[nodiscard]] cp::result<counts> count();

  /// Inserts a row, or replaces the one with the same id (0: a new one). Gives the id.
  [[nodiscard]] cp::result<std::int64_t> put(const entry& e);

  /// What is counted as it changes: all documents, pages by their kind, documents by their initial (text/initial.hpp).
  static constexpr std::string_view all_documents = "documents";
  [[nodiscard]] cp::result<std::int64_t> tally(std::string_view what);
  [[nodiscard]] cp::result<void> count_up(std::string_view what, std::int64_t by);
  /// Counts everything anew, for a registry that did not.
  [[nodiscard]] cp::result<void> count_again();
  /// The initials under which there are documents, and how many.
  [[nodiscard]] cp::result<std::vector<std::pair<std::string, std::int64_t>>> initials();
  /// Documents that came last, the last one first.
  [[nodiscard]] cp::result<std::vector<entry>> latest(std::int64_t most);

  /// Removes a document's row, its full text, and the rows of its files. Its parts in pages have to be gone.
  [[nodiscard]] cp::result<void> remove(std::int64_t id);

  /// The files that only this document has: its original, source page, summary, images.
  [[nodiscard]] cp::result<std::vector<std::string>> files_of(std::int64_t id);
  [[nodiscard]] cp::result<void> put_files(std::int64_t id, const std::vector<std::string>& files);

  /// The shared pages that a document has a part in.
  [[nodiscard]] cp::result<std::vector<shared_page>> pages_of(std::int64_t id);
  /// All pages that documents share, and for each who has a part in it, by name.
  [[nodiscard]] cp::result<std::vector<std::pair<shared_page, std::vector<std::string>>>> all_pages();

  /// Documents that the page index is still to forget. What cannot be undone is done after the commit that wants it;
  /// until it is done, it stands here.
  [[nodiscard]] cp::result<std::vector<std::string>> index_deletions();
  [[nodiscard]] cp::result<void> add_index_deletion(std::string_view index_id);
  [[nodiscard]] cp::result<void> remove_index_deletion(std::string_view index_id);

 private:
  [[nodiscard]] cp::result<void> count_title(std::int64_t id, std::optional<std::string_view> title);
  [[nodiscard]] cp::result<std::optional<entry>> find(std::string_view column, std::string_view value);

  sqlite3* db_;
};

}  // namespace openkb
