#pragma once

/// \file
/// `add --from-pageindex-cloud`: a document that PageIndex's cloud has read. Only read from: nothing is ever changed
/// there.

#include "documents/document.hpp"
#include "remote/http.hpp"

#include <string>

namespace openkb {

struct cloud_access {
  std::string key;
  std::string base_url;
};

/// From PAGEINDEX_API_KEY and PAGEINDEX_BASE_URL. \errors no_key.
[[nodiscard]] cp::result<cloud_access> cloud_from_environment();

/// Under which place a document of the cloud is known.
[[nodiscard]] std::string cloud_place(const std::string& id);

/// Fetches the text and the images of all pages, and what the cloud says of them: description, tree, summaries. An
/// answer can have 256 MiB, some ten thousand pages of text. \errors still_processing; cloud_answer (fewer pages than
/// announced, a page twice, what cannot be read); those of `http_get_text`.
[[nodiscard]] cp::result<document> fetch_from_cloud(const cloud_access& access, const std::string& id,
                                                    const http_limits& limits, std::stop_token stop);

}  // namespace openkb
