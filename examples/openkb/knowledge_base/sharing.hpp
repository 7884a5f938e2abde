#pragma once

/// \file
/// A knowledge base that the members of a group share.

#include <cstdint>
#include <filesystem>
#include <optional>

namespace openkb {

/// The group that shares a knowledge base, or the directory that one is to be made in, and that this process is in: its
/// members may write there, and what is made there is the group's (`chmod g+rwxs`).
[[nodiscard]] std::optional<std::uint32_t> group_that_shares(const std::filesystem::path& root);

/// From here on the group may write to what this process makes, whatever the umask says.
void make_for_the_group() noexcept;

/// Lets the group write to this user's databases, which SQLite makes for their owner alone.
void give_databases_to_the_group(const std::filesystem::path& root) noexcept;

}  // namespace openkb
