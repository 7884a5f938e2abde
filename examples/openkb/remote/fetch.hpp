#pragma once

/// \file
/// `add URL`: a document from the web, as a file in private staging.

#include "documents/document.hpp"
#include "remote/http.hpp"

#include <filesystem>
#include <string>

namespace openkb {

/// Fetches a document into a directory. What it is, its first bytes say before its content type does, and that before
/// its name. Nothing is taken from the server's word but a name.
/// \errors those of `http_get` and `failure_of_status`; not_a_document; no_text for an empty body.
[[nodiscard]] cp::result<original> fetch_original(const std::string& url, const std::filesystem::path& directory,
                                                  const http_limits& limits, std::stop_token stop);

/// What a document is by its first bytes, its content type and its name. \errors not_a_document.
[[nodiscard]] cp::result<format> kind_of(std::string_view first_bytes, std::string_view content_type,
                                         const std::string& name, const std::string& url);

}  // namespace openkb
