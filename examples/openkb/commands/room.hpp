#pragma once

/// \file
/// What to do about a full disk, where removing something is what was to be done about it.

#include "commands/command_line.hpp"
#include "knowledge_base/error.hpp"

#include <filesystem>
#include <string>

namespace openkb {

/// The failure as one for want of room, where it is that, whatever SQLite calls it; any other one as it is.
[[nodiscard]] cp::failure named_full(const cp::failure& f, const std::filesystem::path& root);

/// Which files go with the documents that were to be removed anyway, and make room for the rest of the removal.
[[nodiscard]] std::string advice_on_room(const command_line& asked);

}  // namespace openkb
