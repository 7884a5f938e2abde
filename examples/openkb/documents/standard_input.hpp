#pragma once

/// \file
/// `add -`: a document that comes through standard input, as a file in private staging.

#include "documents/document.hpp"

#include <filesystem>
#include <stop_token>
#include <string>

namespace openkb {

/// Under which place such a document is known: one of the same name is its next version.
[[nodiscard]] std::string place_of_piped(const std::string& name);
/// Whether a place is such a one, where nothing stands beside the document.
[[nodiscard]] bool is_piped(const std::string& place);

/// Reads standard input to its end, into a directory. `name` says what it is, by its extension.
/// \errors the system's; not_a_document, too_large, cancelled.
[[nodiscard]] cp::result<original> read_standard_input(const std::string& name, const std::filesystem::path& directory,
                                                       const std::stop_token& stop);

}  // namespace openkb
