#pragma once

/// \file
/// A knowledge base as a commitpoint coordinator: the root is its directory, the journal is its registry's database,
/// so that one SQL commit decides over rows and files together.

#include "crash_at.hpp"
#include "error.hpp"
#include "output.hpp"

#include <commitpoint/commitpoint.hpp>
#include <commitpoint/journal/sqlite.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace openkb {

/// Only what differs from the defaults is named.
using kb_coordinator = cp::coordinator<cp::journal::sqlite, crash_at>;
using kb_owner = kb_coordinator::owner_type;

/// Whether to open what is there, or to make the beginnings of what is not.
enum class opening { existing, new_or_existing };

/// \errors no_knowledge_base, and commitpoint's own.
[[nodiscard]] cp::result<kb_coordinator> open_knowledge_base(const std::filesystem::path& root, crash_at crash,
                                                             opening how = opening::existing);

/// Takes the lock, which recovers what a crash left; says so when somebody else has to be waited for.
[[nodiscard]] cp::result<kb_owner> acquire(kb_coordinator& kb, std::stop_token stop, output& out);

/// Whether `init` has been done. To be asked under the lock: before it a crash may have left half of it.
/// \errors unknown_format.
[[nodiscard]] cp::result<bool> is_made(const std::filesystem::path& root);
/// The same as a requirement. \errors no_knowledge_base, unknown_format.
[[nodiscard]] cp::result<void> require_made(const std::filesystem::path& root);

/// Why recovery is blocked, when it is.
[[nodiscard]] std::optional<cp::blockage> blockage_of(kb_coordinator& kb);

/// The absolute paths of the directories whose content is openkb's.
[[nodiscard]] std::vector<std::filesystem::path> own_directories(const std::filesystem::path& root);

[[nodiscard]] std::string registry_file(const std::filesystem::path& root);

}  // namespace openkb
