#pragma once

/// \file
/// The built-in compiler: from the text of a document to what the wiki says about it. It counts words, asks no
/// network, and gives the same result for the same text, always.

#include "documents/document.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// The two kinds of pages that documents share.
enum class topic_kind { concept_page, entity_page };

[[nodiscard]] std::string_view to_string(topic_kind k) noexcept;

/// One thing that a document may be about. Whether it gets a page, or a line in one, is decided when the document is
/// added: it depends on what other documents speak of.
struct topic {
  topic_kind kind = topic_kind::concept_page;
  std::string slug;
  std::string title;
  std::string excerpt;      ///< what the document says about it, plain text; may be empty
  std::string key = {};     ///< the same for all forms of a term, in all documents
  std::int64_t weight = 1;  ///< in the document
  bool named = false;       ///< a heading consists of it
};

struct compiled {
  std::string title;
  std::vector<std::string> summary;  ///< sentences
  std::vector<topic> topics;         ///< no two with the same key; those that weigh most come first
};

[[nodiscard]] compiled compile(const document& source);

/// Topics that somebody else found in a document, the most important one first, with what `compile` would say of them:
/// keys, weights, and whether a heading names them. What is there twice goes.
[[nodiscard]] std::vector<topic> with_keys(std::vector<topic> topics, const document& source);

}  // namespace openkb
