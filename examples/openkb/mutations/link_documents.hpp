#pragma once

/// \file
/// Linking documents that speak of each other, inside the mutation that adds or removes one of them. Only the pages
/// that speak of it are looked at, found through the registry's index of places.

#include "registry/link_table.hpp"
#include "wiki/cross_links.hpp"
#include "wiki/page_changes.hpp"

#include <commitpoint/mutation.hpp>
#include <commitpoint/sqlite/mutation.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace openkb {

class document_linking {
 public:
  document_linking(cp::enlisting_mutation& m, page_changes& changes) : m_(m), changes_(changes) {}

  /// A document came, or came to other places, or speaks of others: its rows, and the pages of those that speak of it.
  cp::result<void> put(std::int64_t id, const std::vector<std::string>& places,
                       const std::vector<outgoing_link>& links);
  /// It goes: the links of others to it are again what they were before it came.
  cp::result<void> remove(std::int64_t id);

  /// A document's text with its links to those that are here. `place` is its own.
  [[nodiscard]] cp::result<std::string> linked(std::string_view text, const std::vector<outgoing_link>& links,
                                               const std::string& place);

 private:
  struct speaker {
    std::int64_t id = 0;
    std::string name;
    std::string place;
    std::vector<outgoing_link> links;
    destinations before;
  };

  [[nodiscard]] cp::result<std::vector<speaker>> gather(const std::vector<std::string>& places, std::int64_t but);
  [[nodiscard]] cp::result<void> turn(speaker& s);
  [[nodiscard]] cp::result<destinations> lead_to(const std::vector<outgoing_link>& links, const std::string& place,
                                                 std::vector<std::int64_t>* documents = nullptr);
  cp::result<void> add_links_to(const std::vector<std::int64_t>& documents, speaker& s);

  cp::enlisting_mutation& m_;
  page_changes& changes_;
};

}  // namespace openkb
