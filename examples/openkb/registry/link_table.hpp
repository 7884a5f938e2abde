#pragma once

/// \file
/// Which document is at which place, and whose text leads there: so that a document that comes or goes finds the pages
/// that speak of it through an index, however many others there are.

#include "documents/places.hpp"
#include "registry/database.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace openkb {

/// What a link leads to.
struct destination {
  std::int64_t id = 0;
  std::string name;
};

class link_table {
 public:
  explicit link_table(sqlite3* db) noexcept : db_(db) {}

  [[nodiscard]] cp::result<void> make_tables();

  /// In place of what the document had.
  [[nodiscard]] cp::result<void> put(std::int64_t id, const std::vector<std::string>& places,
                                     const std::vector<outgoing_link>& links);
  [[nodiscard]] cp::result<void> remove(std::int64_t id);

  [[nodiscard]] cp::result<std::vector<std::string>> places_of(std::int64_t id);
  /// A document's links; sorted.
  [[nodiscard]] cp::result<std::vector<outgoing_link>> links_of(std::int64_t id);
  /// Those that lead to one of these places.
  [[nodiscard]] cp::result<std::vector<outgoing_link>> links_of(std::int64_t id,
                                                                const std::vector<std::string>& places);
  /// The documents whose text leads to one of these places; sorted.
  [[nodiscard]] cp::result<std::vector<std::int64_t>> speakers_of(const std::vector<std::string>& places);

  /// The document at a place. Where several have a claim (notes of one name in one vault), it is the one that was added
  /// from there, else one in the directory of the document whose link it is, else the one with the shortest way.
  [[nodiscard]] cp::result<std::optional<destination>> at(const std::string& place, const std::string& speaker);

 private:
  sqlite3* db_;
};

}  // namespace openkb
