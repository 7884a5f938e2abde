#pragma once

/// \file
/// The built-in compiler: from the text of a document to what the wiki says about it. It counts words, asks no
/// network, and gives the same result for the same text, always.

#include "documents/document.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace openkb {

/// The two kinds of pages that documents share.
enum class topic_kind { concept_page, entity_page };

[[nodiscard]] std::string_view to_string(topic_kind k) noexcept;

/// One thing that a document is about: it gets a page, or a line in a page that exists.
struct topic {
  topic_kind kind = topic_kind::concept_page;
  std::string slug;
  std::string title;
  std::string excerpt;  ///< what the document says about it, plain text; may be empty
};

struct compiled {
  std::string title;
  std::vector<std::string> summary;  ///< sentences
  std::vector<topic> topics;         ///< no two with the same kind and slug
};

[[nodiscard]] compiled compile(const document& source);

}  // namespace openkb
